import { printable } from '../output.ts'
import { STYLE } from './pages-style.ts'
import type { RoutedEnvironment, RoutedService, ServiceStatus } from './routes.ts'

/** What the router itself answers. Names, reasons and log lines come from outside: none of them becomes markup or an escape sequence. */
export interface Page {
  status: number
  text: string
  html?: string
}

const LINES_SHOWN = 50
const LINE_LENGTH = 2000
const RELOAD_SECONDS = 2

const TITLES: Record<ServiceStatus, string> = {
  starting: 'is starting',
  ready: 'does not answer',
  failed: 'has failed',
  stopped: 'is stopped',
}

/** For a name that is not of this machine: whoever sent it here learns nothing. */
export function foreignPage(): Page {
  return { status: 404, text: 'Nothing on this machine has this name.\n' }
}

/** `asked` is the name, or, if there is an environment, the path that nothing in it takes. */
export function notFoundPage(asked: string, environment: RoutedEnvironment | undefined, environments: readonly RoutedEnvironment[]): Page {
  const { title, explanation } = whatIsMissing(shown(asked, 200), environment, environments.length === 0)
  const others = environments.filter((other) => other !== environment)
  const lists = [
    ...(environment === undefined ? [] : [{ heading: 'Its services', environments: [environment] }]),
    ...(others.length === 0
      ? []
      : [{ heading: environment === undefined ? 'On this machine' : 'Also on this machine', environments: others }]),
  ]
  const create = 'devtool env create --target local --apply'
  const text = [
    title,
    ...lists.flatMap((list) => ['', `${list.heading}:`, ...list.environments.flatMap(environmentText)]),
    ...(lists.length === 0 ? ['', 'To make one:', '', `  ${create}`] : []),
  ]
  const sections = lists.map(
    (list) => `<h2>${list.heading}</h2>\n<ul class="list">${list.environments.map(environmentHtml).join('\n')}</ul>`,
  )
  const empty = `<h2>To make one</h2>\n<div class="card"><code>${create}</code></div>`
  const body = `<p class="eyebrow">404</p>
<h1>${escaped(title)}</h1>
<p class="soft">${explanation}</p>
${lists.length === 0 ? empty : sections.join('\n')}`
  return { status: 404, text: `${text.join('\n')}\n`, html: htmlPage(title, body) }
}

/** `reload`: whether a service that is starting may be asked again, which is not so for what was sent in a form. */
export function badGatewayPage(
  environment: RoutedEnvironment,
  service: RoutedService,
  { reason, reload }: { reason: string | null; reload: boolean },
): Page {
  const title = `${shown(service.name, 200)} ${TITLES[service.status]}`
  const name = shown(environment.name, 200)
  const lines = service.lastLines().slice(-LINES_SHOWN)
  const log = lines.map((line) => shown(line, LINE_LENGTH))
  const why = reason === null ? '' : shown(reason, LINE_LENGTH)
  const reloads = reload && service.status === 'starting'
  const next = nextSteps(name, service)
  const text = [
    `${title} (${name})`,
    '',
    `status: ${service.status}`,
    ...(why === '' ? [] : [`reason: ${why}`]),
    ...(log.length === 0 ? [] : ['', 'last lines:', ...log.map((line) => `  ${line}`)]),
    '',
    ...next.map(({ what, command }) => `${what}: ${command}`),
  ]
  const body = `<p class="eyebrow">502 · ${escaped(name)}</p>
<h1>${escaped(title)}</h1>
${why === '' ? '' : `<p class="why">${escaped(why)}</p>`}
${reloads ? '<p class="soft">This page looks again every two seconds.</p>' : ''}
<ol class="way card" aria-label="How far the request came">
<li data-status="ready"><b>Browser</b><span>asks</span></li>
<li data-status="ready"><b>Router</b><span>runs</span></li>
<li data-status="${service.status === 'ready' ? 'failed' : service.status}"><b>${escaped(shown(service.name, 200))}</b><span>${
    service.status === 'ready' ? 'no answer' : service.status
  }</span></li>
</ol>
${log.length === 0 ? '' : `<h2 id="log">Its last lines</h2>\n<div class="log card" role="region" aria-labelledby="log" tabindex="0"><pre>${escaped(log.join('\n'))}</pre></div>`}
<h2>What to do</h2>
<ul class="next card">${next.map(({ what, command }) => `<li><span>${what}</span><code>${escaped(command)}</code></li>`).join('\n')}</ul>`
  return { status: 502, text: `${text.join('\n')}\n`, html: htmlPage(title, body, reloads) }
}

function whatIsMissing(asked: string, environment: RoutedEnvironment | undefined, none: boolean): { title: string; explanation: string } {
  if (environment !== undefined) {
    const explanation = 'No service of this environment has a route that takes this path.'
    return { title: `Nothing at ${asked} in ${shown(environment.name, 200)}`, explanation }
  }
  if (!asked.endsWith('.localhost') && none) {
    return { title: 'No environment yet', explanation: 'None is running on this machine.' }
  }
  if (!asked.endsWith('.localhost')) {
    return { title: 'Choose an environment', explanation: 'Each environment on this machine has a name of its own.' }
  }
  const name = asked.slice(0, -'.localhost'.length)
  return { title: `No environment ${name}`, explanation: 'It is not running on this machine: never made here, or destroyed meanwhile.' }
}

function nextSteps(environment: string, { name, status }: RoutedService): { what: string; command: string }[] {
  const logs = { what: 'Read all of its output', command: `devtool env logs ${environment} ${shown(name, 200)}` }
  if (status === 'starting') return [logs]
  return [logs, { what: 'Start it again, once mended', command: `devtool env apply ${environment}` }]
}

function environmentText({ name, url, services }: RoutedEnvironment): string[] {
  const width = Math.max(0, ...services.map((service) => service.name.length))
  return [
    `  ${shown(name, 200)}  ${shown(url, LINE_LENGTH)}`,
    ...services.map(
      (service) => `    ${shown(service.name, 200).padEnd(width)}  ${service.status.padEnd(8)}  ${shown(service.route, 200)}`,
    ),
  ]
}

function environmentHtml({ name, url, services }: RoutedEnvironment): string {
  const items = services.map(({ name: service, route, status }) => {
    const linked = link(`${url.replace(/\/$/, '')}${route}`, service)
    return `<li data-status="${status}">${linked} <span>${escaped(shown(route, 200))} · ${status}</span></li>`
  })
  return `<li class="card"><h3>${link(url, name)}</h3>
${items.length === 0 ? '' : `<ul class="services">${items.join('\n')}</ul>`}</li>`
}

function link(url: string, text: string): string {
  const label = escaped(shown(text, 200))
  return /^https?:\/\//i.test(url) ? `<a href="${escaped(shown(url, LINE_LENGTH))}">${label}</a>` : label
}

/** `body` is markup already. */
function htmlPage(title: string, body: string, reloads = false): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${reloads ? `<meta http-equiv="refresh" content="${RELOAD_SECONDS}">\n` : ''}<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

/** Without control characters, and without those that turn the direction of what follows. */
function shown(text: string, length: number): string {
  const clean = printable(text).replace(/[\n\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ')
  return clean.length > length ? `${clean.slice(0, length)}…` : clean
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
