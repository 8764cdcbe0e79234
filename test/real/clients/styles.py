"""A user of S3 who addresses buckets by host, uploads by form and by stream, and queries. Knows nothing of Waybill."""
import hashlib
import io
import json
import os
import socket

import requests
import store
from boto3.s3.transfer import TransferConfig

# What a resolver with a wildcard entry would say: *.s3.localhost is this machine.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: resolve(
    "127.0.0.1" if str(host).endswith("s3.localhost") else host, *rest, **named
)
port = os.environ["ENDPOINT"].rsplit(":", 1)[1]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


got = {}

# The bucket is in the host: `lake.s3.localhost`.
s3 = store.client(f"http://s3.localhost:{port}", "virtual")
s3.create_bucket(Bucket="lake")
keys = ["a//b", "a%2Fb", "é", "a/../b", "a b+c&d", "a/b", "/a", "../x", "a?b#c"]
for key in keys:
    s3.put_object(Bucket="lake", Key=key, Body=f"content of {key}".encode())
got["keys"] = {key: s3.get_object(Bucket="lake", Key=key)["Body"].read().decode() for key in keys}
got["listed"] = sorted(item["Key"] for item in s3.list_objects_v2(Bucket="lake")["Contents"])
s3.copy_object(Bucket="lake", Key="copied", CopySource={"Bucket": "lake", "Key": "a//b"})
got["range"] = s3.get_object(Bucket="lake", Key="copied", Range="bytes=0-6")["Body"].read().decode()
got["presigned"] = requests.get(s3.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": "é"})).text

# A form as a browser sends it.
for key, status in [("forms/one.csv", None), ("forms/${filename}", "201")]:
    fields = {"Content-Type": "text/csv", **({"success_action_status": status} if status else {})}
    conditions = [["starts-with", "$key", "forms/"], *({name: value} for name, value in fields.items())]
    form = s3.generate_presigned_post("lake", key, Fields=fields, Conditions=conditions)
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("two.csv", b"a,b\n5,6\n", "text/csv")})
    got[f"form {key}"] = answer.status_code
got["forms"] = [s3.get_object(Bucket="lake", Key=f"forms/{name}.csv")["Body"].read().decode() for name in ["one", "two"]]

# A query into an object.
s3.put_object(Bucket="lake", Key="train.csv", Body=b"a,b\n1,2\n3,4\n")
selected = s3.select_object_content(
    Bucket="lake",
    Key="train.csv",
    Expression="SELECT s.a FROM s3object s",
    ExpressionType="SQL",
    InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
    OutputSerialization={"JSON": {}},
)
got["selected"] = [repr(event) for event in selected["Payload"]]

# Streams over TLS go as aws-chunked, their checksum behind them in a trailer.
secure = store.client(os.environ["SECURE_ENDPOINT"], "path", verify=os.environ["CERTIFICATE"])
small, large = b"streamed", bytes(range(256)) * 4096 * 2
secure.put_object(Bucket="lake", Key="streams/small", Body=io.BytesIO(small), ContentType="text/plain")
secure.put_object(Bucket="lake", Key="streams/sha256", Body=io.BytesIO(small), ChecksumAlgorithm="SHA256")
secure.put_object(Bucket="lake", Key="streams/large", Body=io.BytesIO(large))
transfer = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=2)
secure.upload_fileobj(io.BytesIO(large * 3), "lake", "streams/parts", Config=transfer)
got["streams"] = {
    name: sha256(secure.get_object(Bucket="lake", Key=f"streams/{name}")["Body"].read())
    for name in ["small", "sha256", "large", "parts"]
}
head = secure.head_object(Bucket="lake", Key="streams/small")
got["stream head"] = [head["ContentLength"], head["ContentType"], head["ETag"]]

print(json.dumps({"got": got, "ids": {}}))
