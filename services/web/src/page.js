import { entriesMarkup, escapeHtml, factsMarkup, hueOf, noticeMarkup } from '../public/markup.js'

/** @typedef {{ environment: string, commit: string | null, assets: string }} Page */

/** @param {Page & { view: import('../public/api.js').View }} page */
export function renderPage({ environment, commit, assets, view }) {
  const body = `
<main data-state="${view.state}" data-commit="${escapeHtml(commit ?? '')}">
  <header class="hero">
    <p class="eyebrow">Environment</p>
    <h1>${escapeHtml(environment)}</h1>
    <dl class="facts" id="facts">${factsMarkup(view, commit)}</dl>
  </header>
  <div id="notice" aria-live="polite">${noticeMarkup(view)}</div>
  <section class="guestbook" aria-labelledby="guestbook-title">
    <div class="write">
      <h2 id="guestbook-title">Guestbook</h2>
      <p class="lead">What is written here stays in this environment's own database.</p>
      <form id="form" method="post" action="/api/entries">
        <label for="name">Name</label>
        <input id="name" name="name" required maxlength="60" autocomplete="given-name" aria-describedby="name-error">
        <p class="error" id="name-error"></p>
        <label for="message">Message</label>
        <textarea id="message" name="message" rows="4" required maxlength="500" aria-describedby="message-error"></textarea>
        <p class="error" id="message-error"></p>
        <button type="submit">Sign the guestbook</button>
        <p class="said" id="said" role="status"></p>
        <noscript><p class="said">Signing needs JavaScript; reading does not.</p></noscript>
      </form>
    </div>
    <div class="read">
      <ol class="entries" id="entries" aria-label="Entries, newest first">${entriesMarkup(view)}</ol>
      <button type="button" class="quiet" id="older" data-before="${view.page?.next ?? ''}"${view.page?.next ? '' : ' hidden'}>Older entries</button>
    </div>
  </section>
</main>
<footer>Brought up by DevTool from one blueprint, like every environment beside it.</footer>
<script type="module" src="${assets}/guestbook.js"></script>`
  return layout({ environment, assets, title: `${environment} · guestbook`, body })
}

/** @param {Page} page */
export function renderNotFound({ environment, assets }) {
  const body = `
<main class="lost">
  <p class="eyebrow">${escapeHtml(environment)}</p>
  <h1>Nothing here</h1>
  <p class="lead">This address leads nowhere. <a href="/">Back to the guestbook</a></p>
</main>`
  return layout({ environment, assets, title: `Nothing here · ${environment}`, body })
}

/** @param {{ environment: string, assets: string, title: string, body: string }} parts */
function layout({ environment, assets, title, body }) {
  return `<!doctype html>
<html lang="en" data-hue="${hueOf(environment)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="${assets}/style.css">
<link rel="modulepreload" href="${assets}/api.js">
<link rel="modulepreload" href="${assets}/markup.js">
</head>
<body>${body}
</body>
</html>
`
}
