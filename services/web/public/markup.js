/** @typedef {import('./api.js').View} View @typedef {import('./api.js').Entry} Entry @typedef {import('./api.js').Page} Page */

// What both the server and the browser write. Everything that is not ours goes through escapeHtml.

/** @param {View} view @param {string | null} commit the page's own */
export function factsMarkup({ state, info }, commit) {
  const api = { up: ['good', 'Answers'], 'no-database': ['good', 'Answers'], down: ['bad', 'No answer'] }[state]
  const database = { up: ['good', 'Reachable'], 'no-database': ['bad', 'No answer'], down: ['unknown', 'Unknown'] }[state]
  const migration = info?.migration ? `${String(info.migration.id).padStart(4, '0')} ${info.migration.name.replaceAll('_', ' ')}` : null
  return [
    fact('Commit', commit ? `<code title="${escapeHtml(commit)}">${escapeHtml(commit.slice(0, 7))}</code>` : 'Unknown'),
    fact(
      'API',
      status(api) +
        (info?.commit && info.commit !== commit ? ` <small>at <code>${escapeHtml(info.commit.slice(0, 7))}</code></small>` : ''),
    ),
    fact('Database', status(database)),
    fact('Migration', migration ? escapeHtml(migration) : 'Unknown'),
  ].join('')
}

/** @param {View} view */
export function noticeMarkup({ state }) {
  if (state === 'up') return ''
  const [title, text] =
    state === 'down'
      ? ['The API does not answer', 'The page works, but the service behind <code>/api</code> cannot be reached. It may still be starting.']
      : ['The database does not answer', 'The API runs, but cannot read its entries. Migrations may still be running.']
  return `<div class="notice"><div><strong>${title}</strong><p>${text}</p></div><button type="button" class="quiet" data-action="retry">Try again</button></div>`
}

/** @param {View} view */
export function entriesMarkup({ page }) {
  if (page === null) return '<li class="empty">The entries appear here as soon as they can be read.</li>'
  if (page.entries.length === 0) return '<li class="empty">No entries yet. Yours could be the first.</li>'
  return page.entries.map(entryMarkup).join('')
}

/** @param {Entry} entry */
export function entryMarkup({ id, name, message, createdAt }) {
  const initial = escapeHtml([...name.trim()][0]?.toUpperCase() ?? '?')
  return `<li class="entry" id="entry-${Number(id)}"><span class="avatar" data-hue="${hueOf(name)}" aria-hidden="true">${initial}</span><div>
<p class="by"><strong>${escapeHtml(name)}</strong> <time datetime="${escapeHtml(createdAt)}">${escapeHtml(dateText(createdAt))}</time></p>
<p class="message">${escapeHtml(message)}</p></div></li>`
}

/** One of twelve hues, always the same for the same text. @param {string} text */
export function hueOf(text) {
  let sum = 0
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return sum % 12
}

/** @param {unknown} text */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** @param {string} label @param {string} value */
function fact(label, value) {
  return `<div><dt>${label}</dt><dd>${value}</dd></div>`
}

/** @param {string[]} kindAndText */
function status([kind = '', text = '']) {
  return `<span class="status ${kind}">${text}</span>`
}

/** @param {string} iso */
function dateText(iso) {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  return `${date.toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })} UTC`
}
