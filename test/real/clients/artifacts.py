"""Somebody who logs files with MLflow that are large enough to be sent to the store in parts. Knows nothing of Waybill.
Prints what it got as one line of JSON."""
import json
import os
import warnings

import mlflow

warnings.filterwarnings("ignore")
mlflow.set_tracking_uri(os.environ["TRACKING"])
large = bytes(range(256)) * (4096 * 6)

mlflow.set_experiment("files")
with mlflow.start_run(run_name="large") as run:
    with open("weights é.bin", "wb") as file:
        file.write(large)
    mlflow.log_artifact("weights é.bin", "deep/model")
    mlflow.log_text("small", "notes.txt")
    back = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="deep/model", dst_path="back")
    with open(f"{back}/weights é.bin", "rb") as file:
        got = {"same": file.read() == large, "files": sorted(os.listdir(back))}
print(json.dumps({"got": got, "ids": {"run": run.info.run_id}}))
