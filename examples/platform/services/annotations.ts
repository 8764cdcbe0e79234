// The annotation service: tasks over objects in the store, the labels people give them (each change a new version), and
// exports, which freeze the newest version of every task under a name and a version of their own.
import { join } from 'node:path'
import { z } from 'zod'
import { inputOf, json, pathHandler, Refusal, type Answer, type Handler } from './http-service.js'
import { keptState } from './kept-state.js'
import { getObject, type ObjectVersion } from './object-client.js'

const objectVersion = z.object({ uri: z.string(), versionId: z.string() })
const newTask = z.object({ name: z.string().regex(/^[a-z0-9-]+$/), object: objectVersion })
const newLabels = z.object({ annotator: z.string().min(1), labels: z.array(z.int()) })
const newCorrection = z.object({ annotator: z.string().min(1), row: z.int().min(0), label: z.int() })
const newExport = z.object({ name: z.string().regex(/^[a-z0-9-]+$/), by: z.string().min(1) })

interface Annotation {
  readonly task: string
  readonly version: number
  readonly annotator: string
  readonly object: ObjectVersion
  /** the version that this one corrects; null where it was made from scratch */
  readonly corrects: number | null
  readonly labels: readonly number[]
}

interface Task {
  readonly name: string
  readonly object: ObjectVersion
  readonly rows: number
  readonly annotations: Annotation[]
}

interface Export {
  readonly name: string
  readonly version: number
  readonly by: string
  readonly annotations: readonly Annotation[]
}

interface State {
  readonly tasks: Record<string, Task>
  readonly exports: Record<string, Export[]>
}

export function createAnnotations(options: { readonly dir: string; readonly storeUrl: () => string }): Handler {
  const { value: state, save } = keptState<State>(join(options.dir, 'annotations.json'), { tasks: {}, exports: {} })

  const taskNamed = (name: string | undefined): Task => {
    const task = state.tasks[name ?? '']
    if (task === undefined) throw new Refusal(404, `there is no task ${name ?? ''}`)
    return task
  }
  const add = (annotation: Annotation): Answer => {
    taskNamed(annotation.task).annotations.push(annotation)
    save()
    return json(201, { annotation: summaryOf(annotation) })
  }

  return pathHandler({
    'POST /tasks': async ({ request }) => {
      const { name, object } = await inputOf(newTask, request)
      const rows = (await getObject(options.storeUrl(), object)).trim().split('\n').length
      state.tasks[name] = { name, object, rows, annotations: [] }
      save()
      return json(201, { task: { name, object, rows } })
    },
    'POST /tasks/{task}/annotations': async ({ request }, params) => {
      const task = taskNamed(params['task'])
      const { annotator, labels } = await inputOf(newLabels, request)
      if (labels.length !== task.rows) throw new Refusal(400, `${task.name} has ${task.rows} rows`)
      const version = task.annotations.length + 1
      return add({ task: task.name, version, annotator, object: task.object, corrects: null, labels })
    },
    'POST /tasks/{task}/corrections': async ({ request }, params) => {
      const task = taskNamed(params['task'])
      const { annotator, row, label } = await inputOf(newCorrection, request)
      const last = task.annotations.at(-1)
      if (last === undefined || row >= task.rows) throw new Refusal(409, `${task.name} has no label for row ${row}`)
      const labels = last.labels.with(row, label)
      return add({ ...last, version: last.version + 1, annotator, corrects: last.version, labels })
    },
    'POST /exports': async ({ request }) => {
      const { name, by } = await inputOf(newExport, request)
      const annotations = Object.values(state.tasks).flatMap((task) => task.annotations.slice(-1))
      const exports = (state.exports[name] ??= [])
      const made: Export = { name, version: exports.length + 1, by, annotations }
      exports.push(made)
      save()
      return json(201, { export: { ...made, annotations: annotations.map(summaryOf) } })
    },
    'GET /exports/{name}/{version}': (_call, params) => {
      const made = state.exports[params['name'] ?? '']?.[Number(params['version']) - 1]
      if (made === undefined) throw new Refusal(404, 'there is no such export')
      return json(200, { export: made })
    },
  })
}

function summaryOf({ labels, ...rest }: Annotation): Omit<Annotation, 'labels'> & { readonly rows: number } {
  return { ...rest, rows: labels.length }
}
