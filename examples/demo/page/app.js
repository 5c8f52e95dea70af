const api = document.body.dataset.api
const json = { 'Content-Type': 'application/json' }
const corp = 'Cross-Origin-Resource-Policy: same-origin lets no other origin embed it, whatever the policy'

// A row is a fetch unless it is a socket or an image. Its headers are those that
// need a preflight. It is fixed where the policy has no say.
const rows = [
  { id: 'get', note: 'simple', path: '/events' },
  { id: 'post', note: 'preflighted for its JSON', method: 'POST', path: '/events', headers: json, body: '{"title":"From the page"}', status: 201, then: body => { created = `/events/${JSON.parse(body).id}` } },
  { id: 'put', note: 'preflighted', method: 'PUT', path: '/events/1', headers: json, body: '{"title":"Release","date":"2026-09-02"}' },
  { id: 'patch', note: 'preflighted', method: 'PATCH', path: '/events/1', headers: json, body: '{"date":"2026-09-01"}' },
  { id: 'delete', note: 'preflighted; the event of the POST', method: 'DELETE', path: () => created, status: 204 },
  { id: 'method', note: 'a method that is not on the list', method: 'PURGE', path: '/events', status: 405 },
  { id: 'header', note: 'with a header of its own', path: '/events', headers: { 'X-Demo': '1' } },
  { id: 'authorization', note: 'with Authorization', path: '/events', headers: { Authorization: 'Bearer demo' } },
  { id: 'login', note: 'sets a cookie', method: 'POST', path: '/login', credentials: true, status: 204 },
  { id: 'me', note: 'with that cookie', path: '/me', credentials: true },
  { id: 'exposed', note: 'can the script read X-Total-Count?', path: '/events', reads: 'X-Total-Count' },
  {
    id: 'hidden', note: 'can the script read X-Served-By?', path: '/events', reads: 'X-Served-By',
    fixed: { allowed: false, reason: 'the API does not name it in Access-Control-Expose-Headers' },
  },
  { id: 'error', note: 'is an error readable?', path: '/error', status: 500 },
  { id: 'redirect', note: 'redirected to /events', path: '/moved' },
  { id: 'stream', note: 'flushed line by line', path: '/stream' },
  { id: 'socket', note: 'WebSocket', path: '/socket', socket: true, status: 101 },
  { id: 'image', note: 'image without CORS', path: '/image', image: true, fixed: { allowed: false, reason: corp } },
  { id: 'image-shared', note: 'the same, marked cross-origin by its handler', path: '/image/shared', image: true, fixed: { allowed: true, reason: 'shown, though no script can read its pixels' } },
]

let created = '/events/1'

// decide asks this page's own server what the API's policy makes of the row.
async function decide(row) {
  if (row.image) return row.fixed
  const query = new URLSearchParams({ method: row.method ?? 'GET' })
  if (row.headers) query.set('headers', Object.keys(row.headers).join().toLowerCase())
  if (row.credentials) query.set('credentials', '')
  if (row.socket) query.set('socket', '')
  const verdict = await (await fetch(`/decide?${query}`)).json()
  return verdict.allowed && row.fixed || verdict
}

async function tryFetch(row, url) {
  let response
  try {
    response = await fetch(url, {
      method: row.method,
      headers: row.headers,
      body: row.body,
      credentials: row.credentials ? 'include' : 'same-origin',
      cache: 'no-store',
    })
  } catch {
    return { allowed: false }
  }
  const body = await response.text()
  row.then?.(body)
  return { allowed: !row.reads || response.headers.has(row.reads), status: response.status, body, headers: [...response.headers] }
}

function trySocket(url) {
  return new Promise(resolve => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'))
    socket.onopen = () => socket.send('hello')
    socket.onmessage = event => {
      resolve({ allowed: true, status: 101, body: event.data, headers: [] })
      socket.close()
    }
    socket.onclose = () => resolve({ allowed: false })
  })
}

function tryImage(url) {
  return new Promise(resolve => {
    const image = new Image()
    image.onload = () => resolve({ allowed: true })
    image.onerror = () => resolve({ allowed: false })
    image.src = url
  })
}

function attempt(row) {
  const url = api + path(row)
  if (row.socket) return trySocket(url)
  if (row.image) return tryImage(url)
  return tryFetch(row, url)
}

const path = row => typeof row.path === 'function' ? row.path() : row.path
const word = outcome => outcome.allowed ? 'allowed' : 'refused'

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

const cell = (className, ...children) => element('td', { role: 'cell', className }, ...children)

function render(row, expected, actual, pass) {
  const tr = element('tr', { role: 'row' },
    element('th', { role: 'rowheader', scope: 'row' },
      element('code', {}, `${row.method ?? 'GET'} ${path(row)}`), element('small', {}, row.note)),
    cell(word(expected), word(expected)),
    cell(word(actual), word(actual), pass ? '' : element('strong', {}, ' not as expected')),
    cell('detail', ...details(expected, actual)))
  Object.assign(tr.dataset, { row: row.id, expected: word(expected), actual: word(actual), result: pass ? 'pass' : 'fail' })
  return tr
}

function details(expected, actual) {
  const parts = []
  if (expected.reason) parts.push(element('p', {}, expected.reason))
  if (actual.status) parts.push(element('p', {}, `${actual.status} `, element('code', {}, actual.body.trim().slice(0, 60))))
  if (actual.headers?.length) {
    parts.push(element('ul', {}, ...actual.headers.map(([name, value]) => element('li', {}, element('code', {}, `${name}: ${value}`)))))
  }
  return parts
}

// tryAll goes row by row: some build on those above. It returns how many passed.
async function tryAll(body) {
  let passed = 0
  for (const row of rows) {
    const expected = await decide(row)
    const actual = await attempt(row)
    const pass = actual.allowed === expected.allowed && (!actual.status || actual.status === (row.status ?? 200))
    if (pass) passed++
    body.append(render(row, expected, actual, pass))
  }
  return passed
}

async function run() {
  const table = document.querySelector('table')
  const status = document.querySelector('#status')
  const again = document.querySelector('#again')
  const body = document.querySelector('#rows')
  delete table.dataset.done
  again.disabled = true
  body.replaceChildren()
  status.textContent = `Trying ${rows.length} requests…`
  try {
    const passed = await tryAll(body)
    status.textContent = `${passed} of ${rows.length} as expected.`
    table.dataset.done = passed === rows.length ? 'pass' : 'fail'
  } catch (error) {
    status.textContent = `This page's own server does not answer: ${error.message}`
    table.dataset.done = 'fail'
  }
  again.disabled = false
}

document.querySelector('#again').onclick = run
run()
