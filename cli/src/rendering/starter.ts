import { templateFor } from './catalog.ts'

/** A folder with a Dockerfile. */
export interface FoundFolder {
  /** Relative to the project, with `/`; `.` is the project itself. */
  folder: string
  port: number | null
  /** How its container is started, as one line. */
  command: string | null
}

export interface StarterInput {
  project: string
  region: string
  /** Nobody said which region. */
  guessedRegion: boolean
  folders: readonly FoundFolder[]
}

/** Names that no service may have (blueprint/rules.ts). */
const RESERVED = ['migrations', 'public', 'database', 'constructor']
const MIGRATIONS = /^(db-?)?(migrations?|migrate|migrator)$/
const FRONT = /^(web|www|frontend|front|ui|app|site|client)$/
/** What a blueprint takes at most. */
const MOST_SERVICES = 60
const MOST_ROUTES = 40

const SAMPLE = { name: 'web', build: null, image: 'docker.io/library/nginx:1.29', command: null, port: '80', route: '/', health: '/' }

/** A starting `devtool.yaml` that the parser takes, of what was found in a repository. Pure: the same input gives the same bytes. */
export function renderStarter({ project, region, guessedRegion, folders }: StarterInput): string {
  const usable = folders.filter(({ folder }) => isPath(folder)).sort((one, other) => (one.folder < other.folder ? -1 : 1))
  const migrations = usable.find(({ folder }) => MIGRATIONS.test(nameOf(folder)))?.folder ?? null
  const found = usable.filter(({ folder }) => folder !== migrations).slice(0, MOST_SERVICES)
  const names = uniqueNames(found.map(({ folder }) => folder))
  const routes = routesOf(found, names)
  const services = found.map(({ folder, port, command }, index) => {
    const route = routes[index] ?? null
    const shown = command !== null && /^[A-Za-z0-9._/@-]+( [A-Za-z0-9._/@-]+)*$/.test(command) ? command : null
    const text = route === null ? null : String(port)
    return { name: names[index], build: folder, image: null, command: shown, port: text, route, health: null }
  })
  const view = { project, region, guessedRegion, services: services.length === 0 ? [SAMPLE] : services, migrations }
  return templateFor('init/devtool.yaml.hbs')(view)
}

/** What a blueprint takes as a path (blueprint/patterns.ts). */
function isPath(folder: string): boolean {
  return folder.length <= 200 && folder.split('/').every((part) => /^(?!\.\.$)[A-Za-z0-9._@+][A-Za-z0-9._@+-]*$/.test(part))
}

function nameOf(folder: string): string {
  return dnsLabel(folder.split('/').at(-1) ?? '')
}

/** Lower-case letters, digits and single hyphens, starting with a letter; may be empty. */
export function dnsLabel(text: string, length = 20): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return plain
    .replace(/^[^a-z]+/, '')
    .slice(0, length)
    .replace(/-+$/, '')
}

/** The name of the folder; with that of the folder above it where two are the same, and numbered where that does not tell them apart either. */
function uniqueNames(folders: readonly string[]): string[] {
  const own = folders.map(nameOf)
  const taken = new Set<string>(RESERVED)
  return folders.map((folder, index) => {
    const name = own[index] || 'app'
    const twice = own.filter((other) => other === own[index]).length > 1
    const wanted = twice ? dnsLabel(folder.split('/').slice(-2).join('-')) || name : name
    let free = wanted
    for (let number = 2; taken.has(free); number += 1) free = `${wanted.slice(0, 20 - `-${number}`.length)}-${number}`
    taken.add(free)
    return free
  })
}

/** One service gets all that no other gets: the one that is called like a front end, or else the first. */
function routesOf(found: readonly FoundFolder[], names: readonly string[]): (string | null)[] {
  const routed = found.flatMap(({ port }, index) => (port === null ? [] : [index])).slice(0, MOST_ROUTES)
  const front = routed.find((index) => FRONT.test(names[index] ?? '')) ?? routed[0]
  return found.map((_, index) => {
    if (!routed.includes(index)) return null
    return index === front ? '/' : `/${names[index]}`
  })
}
