"""Somebody who looks at files on MLflow's own pages and uploads one there, after a client has logged the others. Asks as the pages
do. Knows nothing of Waybill. Prints what it got as one line of JSON."""
import json
import os
import warnings

import mlflow
import requests

warnings.filterwarnings("ignore")
server = os.environ["TRACKING"]
mlflow.set_tracking_uri(server)
client = mlflow.MlflowClient()

mlflow.set_experiment("pages")
with mlflow.start_run(run_name="fit") as run:
    mlflow.log_text("a curve", "plots/roc é.txt")
    model = mlflow.initialize_logged_model(name="fit")
    with open("MLmodel", "w") as file:
        file.write("flavors: {}\n")
    client.log_model_artifact(model.model_id, "MLmodel")
    mlflow.finalize_logged_model(model.model_id, "READY")
client.create_registered_model("churn")
version = client.create_model_version("churn", model.model_uri, run.info.run_id, model_id=model.model_id)


def shown(page, **query):
    answer = requests.get(f"{server}/{page}", params=query)
    answer.raise_for_status()
    return answer.text


upload = requests.post(
    f"{server}/ajax-api/2.0/mlflow/upload-artifact",
    params={"run_uuid": run.info.run_id, "path": "notes/today.txt"},
    data="fine so far",
    headers={"Content-Type": "text/plain"},
)
upload.raise_for_status()
files = f"ajax-api/2.0/mlflow/logged-models/{model.model_id}/artifacts/files"
got = {
    "run file": shown("get-artifact", path="plots/roc é.txt", run_uuid=run.info.run_id),
    "model file": shown(files, artifact_file_path="MLmodel"),
    "version file": shown("model-versions/get-artifact", path="MLmodel", name="churn", version=version.version),
    "uploaded": mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/today.txt"),
}
print(json.dumps({"got": got, "ids": {"run": run.info.run_id, "model": model.model_id}}))
