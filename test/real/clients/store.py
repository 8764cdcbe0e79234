"""The S3 client of the users here: plain boto3 with their keys, and no second tries, which would change the counts."""
import os

import boto3
from botocore.config import Config


def client(endpoint, style="path", **named):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=os.environ["ACCESS_KEY"],
        aws_secret_access_key=os.environ["SECRET_KEY"],
        region_name="us-east-1",
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            retries={"max_attempts": 0},
            request_checksum_calculation="when_supported",
        ),
        **named,
    )
