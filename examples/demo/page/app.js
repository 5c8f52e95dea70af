const rows = [...document.querySelectorAll('[data-row]')].map(node => ({
  node,
  request: JSON.parse(node.dataset.request),
  predicted: JSON.parse(node.dataset.predicted),
}))

async function tryFetch(request, url) {
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      credentials: request.credentials ? 'include' : 'same-origin',
      cache: 'no-store',
    })
    await response.text()
    return { passed: !request.reads || response.headers.has(request.reads), status: response.status }
  } catch {
    return { passed: false }
  }
}

function trySocket(url) {
  return new Promise(resolve => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'))
    socket.onopen = () => socket.send('hello')
    socket.onmessage = () => {
      resolve({ passed: true })
      socket.close()
    }
    socket.onclose = () => resolve({ passed: false })
  })
}

function tryImage(url) {
  return new Promise(resolve => {
    const image = new Image()
    image.onload = () => resolve({ passed: true })
    image.onerror = () => resolve({ passed: false })
    image.src = url
  })
}

// A frame fires load whether it shows the document or the browser's error page, so
// the document says that it is there.
function tryFrame(url) {
  return new Promise(resolve => {
    const frame = Object.assign(document.createElement('iframe'), { src: url, title: 'Widget of the API' })
    const end = passed => {
      removeEventListener('message', onMessage)
      frame.remove()
      resolve({ passed })
    }
    const onMessage = event => event.source === frame.contentWindow && end(true)
    addEventListener('message', onMessage)
    frame.onload = () => setTimeout(end, 200, false)
    document.body.append(frame)
  })
}

function tryInline(request) {
  delete globalThis.ran
  const script = Object.assign(document.createElement('script'), { textContent: 'ran = true' })
  if (request.nonce) script.nonce = document.querySelector('script[nonce]').nonce
  document.head.append(script)
  script.remove()
  return { passed: globalThis.ran === true }
}

function attempt(request, url) {
  switch (request.kind) {
    case 'socket': return trySocket(url)
    case 'image': return tryImage(url)
    case 'frame': return tryFrame(url)
    case 'inline': return tryInline(request)
    default: return tryFetch(request, url)
  }
}

// ask asks this page's own server what the API saw.
const ask = async name => (await fetch(`/seen?try=${name}`)).json()

const element = (name, properties, ...children) => {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

const words = {
  fetch: ['reads ', 'reads nothing'], socket: ['opens it', 'gets an error'], image: ['it shows', 'it does not show'],
  frame: ['it shows', 'it does not show'], inline: ['runs', 'does not run'],
}

function script(request, outcome) {
  const [passed, blocked] = words[request.kind]
  if (!outcome.passed) return request.reads && outcome.status ? 'reads null' : blocked
  return request.kind === 'fetch' ? passed + (request.reads ?? outcome.status) : passed
}

function handler(exchanges, ran) {
  if (ran) return 'ran'
  return exchanges.length > 0 ? 'did not run' : 'was not asked'
}

const lines = headers => Object.entries(headers).map(([name, values]) => `${name}: ${values.join(', ')}`).join('\n')

function show(exchange) {
  const refused = exchange.refused ? `The policy logs: ${exchange.refused}. ` : ''
  return element('div', { className: 'exchange' },
    element('div', {}, element('h3', {}, 'Your browser sent'), element('pre', { tabIndex: 0 }, `${exchange.request}\n${lines(exchange.sent)}`)),
    element('div', {}, element('h3', {}, 'The API answered'), element('pre', { tabIndex: 0 }, `${exchange.status}\n${lines(exchange.answered)}`)),
    element('p', {}, `${refused}${exchange.handled ? 'The handler ran.' : 'The handler did not run: the policy answered.'}`))
}

// tryRow tries a row, shows what came of it, and returns whether that was predicted.
async function tryRow({ node, request, predicted }, before) {
  const name = Math.random().toString(36).slice(2)
  const outcome = await attempt(request, `${request.url}?try=${name}`)
  const { exchanges, visits } = await ask(name)
  outcome.ran = exchanges.some(exchange => exchange.handled)
  const agrees = ['passed', 'status', 'ran'].every(key => outcome[key] === predicted[key])

  const ran = handler(exchanges, outcome.ran) + (request.counts ? `: ${before} → ${visits}` : '')
  node.querySelector('[data-script]').textContent = script(request, outcome)
  node.querySelector('[data-ran]').textContent = request.kind === 'inline' ? 'no request' : ran
  node.querySelector('[data-agrees]').textContent = agrees ? 'as predicted' : 'not as predicted'
  const shown = exchanges.map(show)
  if (request.kind !== 'inline' && shown.length === 0) shown.push(element('p', {}, 'Your browser sent nothing.'))
  node.querySelector('[data-exchanges]').replaceChildren(...shown)
  Object.assign(node.dataset, { actual: outcome.passed ? 'passed' : 'stopped', ran: outcome.ran, result: agrees ? 'pass' : 'fail' })
  return visits
}

function summarize() {
  for (const section of document.querySelectorAll('main .section')) {
    const all = section.querySelectorAll('[data-row]').length
    const stopped = section.querySelectorAll('[data-actual=stopped]').length
    const ran = section.querySelectorAll('[data-actual=stopped][data-ran=true]').length
    section.querySelector('[data-tally]').textContent = `${stopped} of ${all} stopped${ran ? `, ${ran} after the handler ran` : ''}`
  }
  const stopped = document.querySelectorAll('[data-actual=stopped]').length
  const ran = document.querySelectorAll('[data-actual=stopped][data-ran=true]').length
  const failed = document.querySelectorAll('[data-result=fail]').length
  return `${stopped} of ${rows.length} were stopped, ${ran} of them only after the API’s handler had run. ` +
    (failed ? `${failed} came out otherwise than predicted.` : 'All came out as predicted.')
}

// run goes row by row: some build on those above.
async function run() {
  const status = document.querySelector('#status')
  const again = document.querySelector('#again')
  delete document.body.dataset.done
  again.disabled = true
  status.textContent = `Trying ${rows.length} requests…`
  try {
    let { visits } = await ask('')
    for (const row of rows) visits = await tryRow(row, visits)
    status.textContent = summarize()
    document.body.dataset.done = document.querySelector('[data-result=fail]') ? 'fail' : 'pass'
  } catch (error) {
    status.textContent = `This page’s own server does not answer: ${error.message}`
    document.body.dataset.done = 'fail'
  }
  again.disabled = false
}

// On a narrow screen the titles come first.
if (matchMedia('(max-width: 46rem)').matches) {
  for (const section of [...document.querySelectorAll('main .section')].slice(1)) section.open = false
}
document.querySelector('#again').onclick = run
run()
