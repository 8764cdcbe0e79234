"""An ordinary user of MLflow with scikit-learn and S3. Knows nothing of Waybill. Prints what it got as one line of JSON."""
import io
import json
import os
import warnings

import mlflow
import pandas as pd
import store
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
s3 = store.client(os.environ["STORE"])
mlflow.set_tracking_uri(os.environ["TRACKING"])

# The data is in the store, in two versions; the second one is trained on.
rows = pd.DataFrame({"x": range(60), "y": [i % 7 for i in range(60)], "label": [int(i > 25) for i in range(60)]})
s3.create_bucket(Bucket="lake")
s3.put_object(Bucket="lake", Key="train.csv", Body=rows.head(10).to_csv(index=False).encode())
s3.put_object(Bucket="lake", Key="train.csv", Body=rows.to_csv(index=False).encode())
data = pd.read_csv(io.BytesIO(s3.get_object(Bucket="lake", Key="train.csv")["Body"].read()))

mlflow.set_experiment("churn")
dataset = mlflow.data.from_pandas(data, source="s3://lake/train.csv", name="train", targets="label")
with mlflow.start_run(run_name="fit") as run:
    mlflow.log_input(dataset, context="training")
    mlflow.log_input(mlflow.data.from_pandas(data.head(5), source="s3://lake/elsewhere.csv", name="reference"), context="reference")
    mlflow.log_params({"C": 1.0, "solver": "lbfgs"})
    model = LogisticRegression().fit(data[["x", "y"]], data["label"])
    mlflow.log_metric("accuracy", model.score(data[["x", "y"]], data["label"]))
    mlflow.log_text("fitted", "notes/größe 1.txt")
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name="churn",
        input_example=data[["x", "y"]].head(2),
        pip_requirements=["scikit-learn"],
        serialization_format="cloudpickle",  # byte for byte the same in every run
    )

client = mlflow.MlflowClient()
client.set_registered_model_alias("churn", "champion", "1")
loaded = mlflow.sklearn.load_model("models:/churn@champion")
predicted = [int(label) for label in loaded.predict(data[["x", "y"]].tail(3))]
again = mlflow.pyfunc.load_model(logged.model_uri).predict(data[["x", "y"]].head(3))
finished = client.get_run(run.info.run_id)
got = {
    "status": finished.info.status,
    "params": finished.data.params,
    "metrics": finished.data.metrics,
    "inputs": [item.dataset.name + "@" + item.dataset.digest for item in finished.inputs.dataset_inputs],
    "predicted": predicted + [int(label) for label in again],
}
ids = {"run": run.info.run_id, "model": logged.model_id, "digest": dataset.digest}
print(json.dumps({"got": got, "ids": ids}))
