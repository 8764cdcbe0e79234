// What `npm start` says around the custody of the first answer: what happened, and what to try next. Text only.
import type { Played } from './scenario.js'

/** What the people did and what came of it. */
export function whatHappened({ trained, answers }: Played): string {
  const model = `${trained.model.name} ${trained.model.version}`
  const answer = answers[0]
  return [
    'Four services run behind the gateway; none of them knows about it. Their people have been at work:',
    '  dana   uploaded 1,770 scans of handwritten digits to the object store, in six files',
    '  alice  labelled the first three files, bob the others, in the annotation service',
    `  carol  exported the labels, had a model trained on them and registered it as ${model}`,
    `         ${trained.rows} rows to learn from, ${trained.heldOut} held out: ${percent(trained.accuracy)} of these right` +
      ` (always guessing the commonest digit: ${percent(trained.majority)})`,
    ...(answer === undefined
      ? []
      : [
          `  erin   asked the inference service about a scan nobody had labelled: "${answer.digit}" (it is ${answer.truth})`,
        ]),
  ].join('\n')
}

/** Calls to copy, against the gateway and control plane at these base URLs. */
export function whatNext(at: { readonly gateway: string; readonly control: string }, exchange: string | null): string {
  const asks = at.control === 'http://127.0.0.1:8081' ? '' : ` --url ${at.control}`
  const json = `-H 'content-type: application/json'`
  return [
    'Try next, in another terminal:',
    '',
    '  # who is behind this model, and what has been made of what alice labelled?',
    `  npx waybill custody model:models/digits@1${asks}`,
    `  npx waybill lineage down annotation:labels/digits-01@1${asks}`,
    '',
    '  # ask the model yourself; the answer carries its record: Waybill-Exchange',
    `  curl -i ${at.gateway}/inference/predict ${json} -d @examples/platform/question.json`,
    ...(exchange === null ? [] : [`  npx waybill exchange show ${exchange}${asks}`]),
    '',
    '  # let bob correct one of alice’s labels, export, train, ask until the job has succeeded, register, and compare',
    `  curl ${at.gateway}/annotations/tasks/digits-01/corrections ${json} -d '{"annotator":"bob","row":3,"label":8}'`,
    `  curl ${at.gateway}/annotations/exports ${json} -d '{"name":"digits","by":"carol"}'`,
    `  curl ${at.gateway}/trainer/jobs ${json} -d '{"labels":{"name":"digits","version":2},"by":"carol"}'`,
    `  curl ${at.gateway}/trainer/jobs/<id of the job>`,
    `  curl ${at.gateway}/trainer/models ${json} -d '{"name":"digits","job":"<id of the job>","by":"carol"}'`,
    `  npx waybill custody model:models/digits@2${asks}`,
    '',
    `The API and a page to try it on: ${at.control}/docs. The routes and what is read off them:`,
    'examples/platform/waybill.yaml. Stop with Ctrl-C; everything is in the data folder, the next start goes on from there.',
  ].join('\n')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
