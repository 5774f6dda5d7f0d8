import { readApi } from './api.js'
import { entriesMarkup, entryMarkup, factsMarkup, noticeMarkup } from './markup.js'

/** @template {HTMLElement} T @param {string} selector @returns {T} */
const find = (selector) => /** @type {T} */ (document.querySelector(selector))
const main = find('main')
const facts = find('#facts')
const notice = find('#notice')
const entries = find('#entries')
const older = find('#older')
const form = find('#form')
const said = find('#said')
const submit = find('#form button')
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

if (main.dataset.state !== 'up') await refresh()
tellTime()
setInterval(tellTime, 30_000)

notice.addEventListener('click', (event) => {
  if (event.target instanceof HTMLElement && event.target.dataset.action === 'retry') void refresh()
})

older.addEventListener('click', async () => {
  const response = await ask(`/api/entries?before=${older.dataset.before}`).catch(() => null)
  if (!response?.ok) return refresh()
  const page = await response.json()
  entries.insertAdjacentHTML('beforeend', page.entries.map(entryMarkup).join(''))
  showOlder(page)
  tellTime()
})

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (submit.getAttribute('aria-busy') === 'true') return
  submit.setAttribute('aria-busy', 'true')
  showErrors({})
  said.textContent = ''
  try {
    const body = JSON.stringify({ name: field('name').value, message: field('message').value })
    const response = await ask('/api/entries', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answer = await response.json()
    if (response.status === 201) welcome(answer)
    else if (answer.error?.fields) showErrors(answer.error.fields)
    else throw new Error(answer.error?.message)
  } catch {
    said.textContent = 'That did not reach the database. Nothing was saved; your text is still here.'
    await refresh()
  } finally {
    submit.removeAttribute('aria-busy')
  }
})

/** Asks everything again and shows it. */
async function refresh() {
  const view = await readApi(ask)
  main.dataset.state = view.state
  facts.innerHTML = factsMarkup(view, main.dataset.commit || null)
  notice.innerHTML = noticeMarkup(view)
  if (view.page) {
    entries.innerHTML = entriesMarkup(view)
    showOlder(view.page)
  }
  tellTime()
}

/** @param {import('./api.js').Entry} entry */
function welcome(entry) {
  entries.querySelector('.empty')?.remove()
  entries.insertAdjacentHTML('afterbegin', entryMarkup(entry))
  entries.firstElementChild?.classList.add('new')
  field('message').value = ''
  said.textContent = `Thank you, ${entry.name}. It is in the book.`
  tellTime()
  if (notice.innerHTML !== '') void refresh()
}

/** @param {Record<string, string>} problems by field */
function showErrors(problems) {
  for (const name of ['message', 'name']) {
    find(`#${name}-error`).textContent = problems[name] ? `${name === 'name' ? 'The name' : 'The message'} ${problems[name]}.` : ''
    field(name).toggleAttribute('aria-invalid', Boolean(problems[name]))
    if (problems[name]) field(name).focus()
  }
}

/** @param {import('./api.js').Page} page */
function showOlder({ next }) {
  older.dataset.before = String(next ?? '')
  older.hidden = next === null
}

function tellTime() {
  for (const time of document.querySelectorAll('time')) {
    time.title ||= time.textContent ?? ''
    const minutes = Math.round((Date.parse(time.dateTime) - Date.now()) / 60_000)
    if (minutes > -1) time.textContent = 'just now'
    else if (minutes > -60) time.textContent = relative.format(minutes, 'minute')
    else if (minutes > -1440) time.textContent = relative.format(Math.round(minutes / 60), 'hour')
    else if (minutes > -43_200) time.textContent = relative.format(Math.round(minutes / 1440), 'day')
  }
}

/** @param {string} path @param {RequestInit} [init] */
function ask(path, init) {
  return fetch(path, { ...init, signal: AbortSignal.timeout(8000) })
}

/** @param {string} name @returns {HTMLInputElement} */
function field(name) {
  return find(`#${name}`)
}
