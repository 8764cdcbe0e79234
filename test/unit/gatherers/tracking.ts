// The mlflow gatherer as a configuration has it whose service is called `tracking`.
import { mlflowGatherer } from '../../../gatherers/mlflow/mlflow.js'

export const context = {
  route: 'tracking',
  service: { name: 'tracking', kind: 'mlflow', url: 'http://127.0.0.1:5000' },
  stripPrefix: '',
}

export const gatherer = mlflowGatherer.compile(mlflowGatherer.options.parse({}), context)
