"""Two teams that keep a model of the same name on one MLflow server. Knows nothing of Waybill. Prints what it got as one line
of JSON."""
import json
import os

import mlflow

mlflow.set_tracking_uri(os.environ["TRACKING"])
mlflow.create_workspace("team-a")
got, ids = {}, {}
for workspace in ["default", "team-a"]:
    mlflow.set_workspace(workspace)
    client = mlflow.MlflowClient()
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="fit") as run:
        model = mlflow.initialize_logged_model(name="model")
        mlflow.finalize_logged_model(model.model_id, "READY")
    client.create_registered_model("churn")
    version = client.create_model_version("churn", model.model_uri, run.info.run_id, model_id=model.model_id)
    client.set_registered_model_alias("churn", "champion", version.version)
    got[workspace] = client.get_model_version_by_alias("churn", "champion").version
    ids[workspace] = run.info.run_id
print(json.dumps({"got": got, "ids": ids}))
