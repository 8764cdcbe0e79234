"""Somebody who keeps a model registry with MLflow, by every call of the client that there is for it. Knows nothing of
Waybill. Prints what it got as one line of JSON."""
import io
import json
import os
import pathlib
import tempfile
import warnings

import mlflow
import pandas as pd
import store
from mlflow.entities import LoggedModelInput
from mlflow.models import Model
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
s3 = store.client(os.environ["STORE"])
mlflow.set_tracking_uri(os.environ["TRACKING"])
client = mlflow.MlflowClient()
got, ids = {}, {}

rows = pd.DataFrame({"x": range(60), "label": [int(i > 25) for i in range(60)]})
s3.create_bucket(Bucket="lake")
s3.put_object(Bucket="lake", Key="train.csv", Body=rows.to_csv(index=False).encode())
data = pd.read_csv(io.BytesIO(s3.get_object(Bucket="lake", Key="train.csv")["Body"].read()))
model = LogisticRegression().fit(data[["x"]], data["label"])
saving = {"pip_requirements": ["scikit-learn"], "serialization_format": "cloudpickle"}

# Two runs, each with a model; the first has a child, tags and metrics of its model.
mlflow.set_experiment("registry")
with mlflow.start_run(run_name="first") as first:
    dataset = mlflow.data.from_pandas(data, source="s3://lake/train.csv", name="train", targets="label")
    mlflow.log_input(dataset, context="training")
    one = mlflow.sklearn.log_model(model, name="model", params={"C": 1}, **saving)
    mlflow.log_metric("accuracy", 0.5, model_id=one.model_id, dataset=dataset)
    mlflow.log_metrics({"precision": 0.25, "recall": 1.0}, step=3, model_id=one.model_id)
    client.log_model_params(one.model_id, {"depth": "3"})
    client.set_logged_model_tags(one.model_id, {"owner": "ada", "draft": "yes"})
    client.delete_logged_model_tag(one.model_id, "draft")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_params({"a": 1, "b": "two"})
        mlflow.set_tag("fold", "1")
        mlflow.delete_tag("fold")
with mlflow.start_run(run_name="second") as second:
    two = mlflow.sklearn.log_model(model, name="model", **saving)

# Versions 1 and 2, from the logged model and from a path of the run.
got["versions"] = [mlflow.register_model(one.model_uri, "churn").version]
got["versions"].append(mlflow.register_model(f"runs:/{second.info.run_id}/model", "churn", tags={"a": "b"}).version)

# An alias names one version, then the other, then none.
for version in ["1", "2"]:
    client.set_registered_model_alias("churn", "champion", version)
    mlflow.pyfunc.load_model("models:/churn@champion")
client.delete_registered_model_alias("churn", "champion")
mlflow.pyfunc.load_model("models:/churn/latest")

# Stages, tags, descriptions, a copy.
client.transition_model_version_stage("churn", "1", "Staging")
client.transition_model_version_stage("churn", "2", "Production", archive_existing_versions=True)
client.set_registered_model_tag("churn", "team", "a")
client.delete_registered_model_tag("churn", "team")
client.set_model_version_tag("churn", "1", "checked", "yes")
client.delete_model_version_tag("churn", "1", "checked")
client.update_registered_model("churn", description="who leaves")
client.update_model_version("churn", "1", description="the first")
got["copied"] = client.copy_model_version("models:/churn/1", "churn-copy").version

# Renamed, then emptied, then made again: its versions count from 1 once more.
client.set_registered_model_alias("churn", "keep", "2")
client.rename_registered_model("churn", "leavers")
mlflow.pyfunc.load_model("models:/leavers@keep")
client.delete_model_version("leavers", "1")
client.delete_registered_model("leavers")
got["again"] = mlflow.register_model(two.model_uri, "leavers").version

# A run that uses a model and is killed, then said to have failed; one that is deleted and restored.
bad = client.create_run(first.info.experiment_id, run_name="bad")
client.log_inputs(bad.info.run_id, models=[LoggedModelInput(two.model_id)])
client.set_terminated(bad.info.run_id, "KILLED")
client.update_run(bad.info.run_id, "FAILED")
client.delete_run(bad.info.run_id)
client.restore_run(bad.info.run_id)
client.set_experiment_tag(first.info.experiment_id, "topic", "churn")
client.delete_experiment_tag(first.info.experiment_id, "topic")
client.rename_experiment(first.info.experiment_id, "renamed")
client.delete_experiment(first.info.experiment_id)
client.restore_experiment(first.info.experiment_id)

# As clients before MLflow 3 log a model: files of the run, then what they are.
with mlflow.start_run(experiment_id=first.info.experiment_id, run_name="legacy") as legacy:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model"
        mlflow.sklearn.save_model(model, path, **saving)
        client.log_artifacts(legacy.info.run_id, path, "model")
        saved = Model.load(path / "MLmodel")
        saved.run_id, saved.artifact_path = legacy.info.run_id, "model"
        client._tracking_client.store.record_logged_model(legacy.info.run_id, saved)
got["legacy"] = mlflow.register_model(f"runs:/{legacy.info.run_id}/model", "legacy").version
mlflow.pyfunc.load_model("models:/legacy/1")
client.delete_logged_model(one.model_id)

# Looking around.
got["runs"] = len(client.search_runs([first.info.experiment_id]))
got["models"] = sorted(item.name for item in client.search_registered_models())
got["found"] = [item.version for item in client.search_model_versions("name='leavers'")]
got["logged"] = len(client.search_logged_models([first.info.experiment_id]))
got["history"] = [item.value for item in client.get_metric_history(first.info.run_id, "accuracy")]
got["listed"] = sorted(item.path for item in client.list_artifacts(legacy.info.run_id, "model"))

ids = {
    **{"first": first.info.run_id, "second": second.info.run_id, "child": child.info.run_id, "bad": bad.info.run_id},
    **{"legacy": legacy.info.run_id, "one": one.model_id, "two": two.model_id, "digest": dataset.digest},
}
print(json.dumps({"got": got, "ids": ids}))
