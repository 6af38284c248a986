"""Where generated and uploaded files are kept: a folder of this machine, or a bucket that speaks S3."""

import environ


def file_storage(env: environ.Env) -> dict[str, object]:
    """Return the default storage: S3 where S3_BUCKET is set, else MEDIA_ROOT. Files are private either way."""
    bucket = env("S3_BUCKET", default="")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env("S3_ENDPOINT_URL", default="") or None,
            "region_name": env("S3_REGION", default="") or None,
            # Without keys boto3 looks for a role of the machine.
            "access_key": env("S3_ACCESS_KEY_ID", default="") or None,
            "secret_key": env("S3_SECRET_ACCESS_KEY", default="") or None,
            "location": env("S3_PREFIX", default=""),
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
