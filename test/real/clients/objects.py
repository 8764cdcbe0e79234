"""An ordinary user of S3 with boto3. Knows nothing of Waybill. Prints what it got as one line of JSON."""
import hashlib
import io
import json
import os
import urllib.request

import store
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

s3 = store.client(os.environ["ENDPOINT"])
got = {}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(**names):
    answer = s3.get_object(**names)
    return answer["Body"].read()


# Opaque keys: names that a normalizing proxy would join or break.
keys = ["a//b", "a%2Fb", "é", "a/../b", "a b+c&d", "a/b", "a/./b", "..", "../x", "x", "a?b#c", "a%b", "a\\b", "e\u0301", "🎉"]
s3.create_bucket(Bucket="lake")
for key in keys:
    s3.put_object(Bucket="lake", Key=key, Body=f"content of {key}".encode())
got["keys"] = {key: read(Bucket="lake", Key=key).decode() for key in keys}
got["listed"] = sorted(item["Key"] for item in s3.list_objects_v2(Bucket="lake")["Contents"])

# One object: whole, a range, its head, not modified, not found.
s3.put_object(Bucket="lake", Key="train.csv", Body=b"a,b\n1,2\n", ContentType="text/csv", Metadata={"label": "one"})
got["train"] = read(Bucket="lake", Key="train.csv").decode()
got["range"] = read(Bucket="lake", Key="train.csv", Range="bytes=2-4").decode()
head = s3.head_object(Bucket="lake", Key="train.csv")
got["head"] = [head["ContentLength"], head["ETag"], head["ContentType"], head["Metadata"]]
got["errors"] = []
for names in [{"Key": "train.csv", "IfNoneMatch": head["ETag"]}, {"Key": "missing"}]:
    try:
        s3.get_object(Bucket="lake", **names)
    except ClientError as error:
        got["errors"].append([error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]])

# Versions, a copy of one of them, a delete marker.
s3.create_bucket(Bucket="versioned")
s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
first = s3.put_object(Bucket="versioned", Key="k", Body=b"one")["VersionId"]
second = s3.put_object(Bucket="versioned", Key="k", Body=b"two", ChecksumAlgorithm="SHA256")["VersionId"]
got["versions"] = [read(Bucket="versioned", Key="k", VersionId=one).decode() for one in [first, second]]
got["current"] = read(Bucket="versioned", Key="k").decode()
s3.copy_object(Bucket="lake", Key="copied", CopySource={"Bucket": "versioned", "Key": "k", "VersionId": first})
got["copied"] = read(Bucket="lake", Key="copied").decode()
marker = s3.delete_object(Bucket="versioned", Key="k")
got["marker"] = marker["DeleteMarker"]

# What was written before the bucket had versions is version `null`: read, copied and deleted under a newer one.
turned = {"Bucket": "turned", "Key": "k"}
s3.create_bucket(Bucket="turned")
s3.put_object(**turned, Body=b"zero")
s3.put_bucket_versioning(Bucket="turned", VersioningConfiguration={"Status": "Enabled"})
newer = s3.put_object(**turned, Body=b"newer")["VersionId"]
got["null"] = read(**turned, VersionId="null").decode()
s3.copy_object(Bucket="lake", Key="from-null", CopySource={**turned, "VersionId": "null"})
s3.delete_object(**turned, VersionId="null")
got["newer"] = [read(**turned).decode(), read(Bucket="lake", Key="from-null").decode()]

# 20 MiB by the transfer manager: three parts of at most 8 MiB, in threads.
big = bytes(range(256)) * 4096 * 20
transfer = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, max_concurrency=3)
s3.upload_fileobj(io.BytesIO(big), "lake", "big.bin", Config=transfer)
got["big"] = [s3.head_object(Bucket="lake", Key="big.bin")["ETag"], sha256(read(Bucket="lake", Key="big.bin")) == sha256(big)]

# An upload with checksums of its parts, and one whose first part is copied from another object.
summed = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20, max_concurrency=1)
s3.upload_fileobj(io.BytesIO(big[::-1]), "lake", "summed.bin", Config=summed, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
got["summed"] = s3.head_object(Bucket="lake", Key="summed.bin", ChecksumMode="ENABLED").get("ChecksumSHA256")
upload = {"Bucket": "lake", "Key": "joined.bin", "UploadId": s3.create_multipart_upload(Bucket="lake", Key="joined.bin")["UploadId"]}
part = s3.upload_part_copy(**upload, PartNumber=1, CopySource="lake/big.bin", CopySourceRange=f"bytes=0-{(5 << 20) - 1}")
tags = [part["CopyPartResult"]["ETag"], s3.upload_part(**upload, PartNumber=2, Body=b"tail")["ETag"]]
parts = [{"ETag": tag, "PartNumber": at + 1} for at, tag in enumerate(tags)]
got["joined"] = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["ETag"]

# Copied onto itself, as those do who change metadata.
relabelled = {"Bucket": "lake", "Key": "relabelled.csv"}
s3.put_object(**relabelled, Body=b"as it was", Metadata={"label": "one"})
s3.copy_object(**relabelled, CopySource=relabelled, Metadata={"label": "two"}, MetadataDirective="REPLACE")
got["relabelled"] = s3.head_object(**relabelled)["Metadata"]

# Presigned: whoever has the address needs no key.
put = s3.generate_presigned_url("put_object", Params={"Bucket": "lake", "Key": "presigned"})
request = urllib.request.Request(put, data=b"signed before", method="PUT", headers={"Content-Type": ""})
with urllib.request.urlopen(request) as answer:
    got["presigned put"] = answer.status
get = s3.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": "presigned"})
with urllib.request.urlopen(get) as answer:
    got["presigned get"] = answer.read().decode()

# Deletes: one, and two at once.
s3.delete_object(Bucket="lake", Key="copied")
deleted = s3.delete_objects(Bucket="lake", Delete={"Objects": [{"Key": "a//b"}, {"Key": "é"}]})
got["deleted"] = sorted(item["Key"] for item in deleted["Deleted"])

ids = {"first": first, "second": second, "marker": marker["VersionId"], "newer": newer}
print(json.dumps({"got": got, "ids": ids}))
