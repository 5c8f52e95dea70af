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
  fetch: ['reads ', 'reads nothing'], socket: ['opens it', 'gets an error'], image: ['shows it', 'does not show it'],
  frame: ['shows it', 'does not show it'], inline: ['runs it', 'does not run it'],
}

function page(request, outcome) {
  const [passed, blocked] = words[request.kind]
  if (!outcome.passed) return outcome.hidden ? 'reads null' : blocked
  return request.kind === 'fetch' ? passed + (request.reads ?? outcome.status) : passed
}

const isPreflight = exchange => exchange.request.startsWith('OPTIONS ')

// logged is what the policy logged, and what that means for the request.
function logged(exchange) {
  if (!exchange.refused) return []
  let means = ''
  if (exchange.handled) means = ' Refused means here that the script may not read the answer.'
  else if (isPreflight(exchange)) {
    means = exchange.status < 300
      ? ' The browser does not find what it needs in the lists of this answer, and sends nothing more.'
      : ' The policy says no, so the browser sends nothing more.'
  }
  return [element('p', {}, 'The policy logged: ', element('code', {}, exchange.refused), '.' + means)]
}

// unbroken keeps short words, such as the names of headers, on one line.
const unbroken = word => word.length < 36 ? element('span', { className: 'word' }, word) : word

// message is the first line of a request or a response, and its headers.
function message(title, first, headers) {
  const lines = Object.entries(headers).map(([name, values]) =>
    element('span', { className: 'field' }, ...`${name}: ${values.join(', ')}`.split(/( )/).map(unbroken)))
  return element('div', {}, element('h3', {}, title), element('pre', { tabIndex: 0 }, String(first), ...lines))
}

function show(exchange, i, all) {
  const step = all.length > 1 ? `${i + 1}. ${isPreflight(exchange) ? 'preflight' : 'request'}: ` : ''
  return element('div', { className: 'exchange' },
    message(`${step}${step ? 'y' : 'Y'}our browser sent`, exchange.request, exchange.sent),
    message(`${step}${step ? 't' : 'T'}he API answered`, exchange.status, exchange.answered),
    element('div', { className: 'verdict' },
      element('p', {}, exchange.handled ? 'The handler ran.' : 'The handler did not run: the policy answered.'), ...logged(exchange)))
}

// tryRow tries a row, shows what came of it, and returns whether that was predicted.
async function tryRow({ node, request, predicted }, before) {
  const name = Math.random().toString(36).slice(2)
  const outcome = await attempt(request, `${request.url}?try=${name}`)
  const { exchanges, visits } = await ask(name)
  outcome.ran = exchanges.some(exchange => exchange.handled)
  const agrees = ['passed', 'status', 'ran'].every(key => outcome[key] === predicted[key])

  outcome.hidden = !outcome.passed && outcome.status > 0
  const ran = (request.kind === 'inline' ? 'no request' : outcome.ran ? 'ran' : 'did not run') + (request.counts ? `: ${before} → ${visits}` : '')
  node.querySelector('[data-script]').textContent = page(request, outcome)
  node.querySelector('[data-ran]').textContent = ran
  node.querySelector('[data-agrees]').textContent = agrees ? 'as predicted' : 'not as predicted'
  const shown = exchanges.map(show)
  if (shown.length === 0) shown.push(element('p', {}, 'Your browser sent nothing.'))
  node.querySelector('[data-exchanges]').replaceChildren(...shown)
  Object.assign(node.dataset, { actual: outcome.passed ? 'passed' : 'stopped', ran: outcome.ran, result: agrees ? 'pass' : 'fail', hidden: outcome.hidden })
  return visits
}

// count counts what was stopped in a part of the page. A header that is hidden stops
// neither request nor answer.
function count(part) {
  const of = selector => part.querySelectorAll(`[data-row]${selector}`).length
  const stopped = '[data-actual=stopped][data-hidden=false]'
  return { all: of(''), stopped: of(stopped), ran: of(`${stopped}[data-ran=true]`), hidden: of('[data-hidden=true]'), failed: of('[data-result=fail]') }
}

const hides = hidden => hidden ? `, ${hidden} header${hidden > 1 ? 's' : ''} hidden` : ''

function summarize() {
  for (const section of document.querySelectorAll('main .section')) {
    const { all, stopped, ran, hidden } = count(section)
    section.querySelector('[data-tally]').textContent = `${stopped} of ${all} stopped${ran ? `, ${ran} after the handler ran` : ''}${hides(hidden)}`
  }
  const { all, stopped, ran, hidden, failed } = count(document)
  return `${stopped} of ${all} were stopped, ${ran} of them only after the API's handler had run${hides(hidden)}. ` +
    (failed ? `${failed} came out otherwise than predicted.` : 'All came out as predicted.')
}

// run goes row by row: some build on those above.
async function run() {
  const status = document.querySelector('#status')
  const again = document.querySelector('#again')
  delete document.body.dataset.done
  again.disabled = true
  status.textContent = `Trying ${rows.length} rows…`
  try {
    let { visits } = await ask('')
    for (const row of rows) visits = await tryRow(row, visits)
    status.textContent = summarize()
    document.body.dataset.done = document.querySelector('[data-result=fail]') ? 'fail' : 'pass'
  } catch (error) {
    status.textContent = `This page's own server does not answer: ${error.message}`
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
