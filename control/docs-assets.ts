// Style and script of the API's page, as text: the build copies no files. The script only fills in a path, sends the
// request to this origin and shows the answer as text.

export const docsStyle = `
:root { color-scheme: light dark; --line: #8884; --accent: #0a6cbd; --ok: #1a7f37; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --accent: #6cb6ff; --ok: #57ab5a; --on: #111 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.5rem; margin: 0 0 .5rem } h1 small { font-weight: 400; opacity: .6; font-size: 1rem }
a { color: var(--accent) }
code, pre, input, textarea, select { font: 13px/1.5 ui-monospace, monospace }
small code { font-size: 12px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .7rem; margin: .3rem 0 .8rem; font-size: 13px }
dd { margin: 0; opacity: .75 }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0 }
summary { padding: .6rem .8rem; cursor: pointer; display: flex; gap: .7rem; flex-wrap: wrap; align-items: baseline }
summary b { min-width: 3.2rem; color: var(--ok) } summary b.post { color: var(--accent) }
summary span { opacity: .75; flex: 1 1 22rem }
form { padding: .2rem .8rem .8rem; border-top: 1px solid var(--line) }
label { display: block; margin: .6rem 0; font-weight: 600 }
label small { display: block; font-weight: 400; opacity: .75 }
input, textarea, select { display: block; width: 100%; padding: .35rem .5rem; border: 1px solid var(--line); border-radius: 4px }
button { padding: .4rem 1.2rem; border: 0; border-radius: 4px; background: var(--accent); color: var(--on); font: inherit; cursor: pointer }
pre { overflow: auto; max-height: 30rem; padding: .7rem; border: 1px solid var(--line); border-radius: 4px }
.call { font: 13px ui-monospace, monospace; word-break: break-all }
`

export const docsScript = `
for (const form of document.forms) form.addEventListener('submit', async (event) => {
  event.preventDefault()
  let path = form.dataset.path
  let body
  const query = new URLSearchParams()
  for (const input of form.elements) {
    if (input.value === '' || !input.name) continue
    if (input.dataset.in === 'path') path = path.replace('{' + input.name + '}', encodeURIComponent(input.value))
    else if (input.dataset.in === 'body') body = input.value
    else query.set(input.name, input.value)
  }
  const url = query.size === 0 ? path : path + '?' + query
  const call = form.querySelector('.call')
  const answer = form.querySelector('.answer')
  call.hidden = answer.hidden = false
  answer.textContent = '…'
  try {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const token = document.getElementById('token')
    if (token && token.value) headers['Authorization'] = 'Bearer ' + token.value
    const response = await fetch(url, { method: form.dataset.method, headers, body })
    const text = await response.text()
    call.textContent = form.dataset.method + ' ' + url + ' → ' + response.status
    answer.textContent = shown(text)
  } catch (error) {
    answer.textContent = String(error)
  }
})
function shown(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text }
}
const wanted = document.getElementById(location.hash.slice(1))
if (wanted) wanted.open = true
`
