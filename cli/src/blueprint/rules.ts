import { fargateFault } from './fargate.ts'
import { urlVariable } from './forms.ts'
import { type Mistake, nearest, type Path, quote } from './mistakes.ts'
import { normalPath } from './patterns.ts'
import type { Source } from './source.ts'

/**
 * The rules that look at more than one key. They read the data as it was written and pass over what has the wrong type, which the
 * schema reports: one wrong value does not hide the other mistakes.
 */

type Mapping = Readonly<Record<string, unknown>>
type Report = (path: Path, problem: string, part?: 'key' | 'value') => void

/** A listener has 50 priorities for each environment; ten stay free for what comes. */
const maximumRoutedServices = 40
const maximumServices = 60
const maximumVariables = 100

/**
 * Names that no service may have. `migrations` is the container of the migrations; `public` and `database` would be given
 * PUBLIC_URL and DATABASE_URL as the addresses of services; `constructor` is a property of every object.
 */
const reservedServices = ['migrations', 'public', 'database', 'constructor']
const reservedEnvironments = ['platform', 'constructor']

export function ruleMistakes(source: Source): Mistake[] {
  const mistakes: Mistake[] = []
  const blueprint = mapping(source.data)
  const report: Report = (path, problem, part = 'value') => mistakes.push({ ...source.locate(path, part), path, problem })
  checkServices(blueprint, report)
  checkDatabase(mapping(blueprint.database), report)
  checkDomains(blueprint, report)
  for (const [name, environment] of mappings(blueprint.environments)) checkEnvironment(blueprint, name, environment, report)
  return mistakes
}

function checkServices(blueprint: Mapping, report: Report): void {
  const services = mappings(blueprint.services)
  const names = Object.keys(mapping(blueprint.services))
  if (isMapping(blueprint.services) && names.length === 0) report(['services'], 'found no service, allowed: at least one')
  if (names.length > maximumServices) report(['services'], `found ${names.length} services, allowed: at most ${maximumServices}`)
  const routes = new Map<unknown, string>()
  for (const [name, service] of services) {
    checkService(blueprint, name, service, report)
    if (!isGiven(service.route)) continue
    const other = routes.get(service.route)
    if (other !== undefined)
      report(['services', name, 'route'], `found ${show(service.route)}, allowed: a route other than that of ${other}`)
    else routes.set(service.route, name)
  }
  if (routes.size > maximumRoutedServices) {
    report(['services'], `found ${routes.size} services with a route, allowed: at most ${maximumRoutedServices}`)
  }
}

function checkService(blueprint: Mapping, name: string, service: Mapping, report: Report): void {
  const path = ['services', name]
  if (reservedServices.includes(name))
    report(path, `found the reserved name ${quote(name)}, allowed: any name but ${reservedServices.join(', ')}`, 'key')
  checkImage(service, path, report)
  if (isGiven(service.route) && !isGiven(service.port))
    report([...path, 'route'], 'found a route without a port, allowed: a route with port')
  if (service.database === true && !isGiven(blueprint.database)) {
    report([...path, 'database'], 'found true without a database, allowed: true when the blueprint has a database section')
  }
  checkVariables(blueprint, service.environment, [...path, 'environment'], report)
  checkSize(mapping(service.size), [...path, 'size'], report)
  checkCount(mapping(service.count), [...path, 'count'], report)
}

function checkImage(container: Mapping, path: Path, report: Report): void {
  const { build, image, start } = container
  if (isGiven(build) && isGiven(image)) report([...path, 'image'], 'found both build and image, allowed: one of them')
  if (!isGiven(build) && !isGiven(image)) report(path, 'found neither build nor image, allowed: one of them', 'key')
  if (isGiven(start) && !isGiven(build) && isGiven(image))
    report([...path, 'start'], 'found start without build, allowed: start with build')
}

function checkVariables(blueprint: Mapping, variables: unknown, path: Path, report: Report): void {
  const names = Object.keys(mapping(variables))
  if (names.length > maximumVariables) report(path, `found ${names.length} variables, allowed: at most ${maximumVariables}`)
  const addresses = Object.keys(mapping(blueprint.services)).map(urlVariable)
  for (const name of names) {
    const reserved = ['PORT', 'PUBLIC_URL', 'DATABASE_URL', ...addresses].includes(name) || /^(DEVTOOL_|PG)/.test(name)
    if (reserved)
      report(
        [...path, name],
        'found a name that DevTool sets itself, allowed: any but PORT, PUBLIC_URL, DATABASE_URL, DEVTOOL_*, PG* and <SERVICE>_URL',
        'key',
      )
  }
}

function checkSize(size: Mapping, path: Path, report: Report): void {
  const { cpu = 256, memory = 512 } = size
  if (typeof cpu !== 'number' || typeof memory !== 'number') return
  const fault = fargateFault(cpu, memory)
  if (fault === undefined) return
  const value = fault.key === 'cpu' ? cpu : memory
  report([...path, fault.key], `found the number ${value}, allowed on Fargate: ${fault.allowed}`)
}

function checkCount(count: Mapping, path: Path, report: Report): void {
  const { min = 1, max = 1 } = count
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    report(path, `found min ${min} and max ${max}, allowed: min at most max`)
}

function checkDatabase(database: Mapping, report: Report): void {
  const path = ['database']
  const { migrations, seed } = database
  if (isMapping(migrations)) checkImage(migrations, [...path, 'migrations'], report)
  if (typeof seed !== 'string') return
  const { build } = mapping(migrations)
  if (typeof build !== 'string') {
    report([...path, 'seed'], 'found a seed without migrations, allowed: a file inside the folder database.migrations.build')
  } else if (!isInside(normalPath(seed), normalPath(build))) {
    report([...path, 'seed'], `found ${quote(seed)}, allowed: a file inside ${quote(build)}, the folder database.migrations.build`)
  }
}

function isInside(file: string, folder: string): boolean {
  return file !== folder && (folder === '.' || file.startsWith(`${folder}/`))
}

function checkDomains(blueprint: Mapping, report: Report): void {
  const owners = new Map<unknown, string>()
  if (isGiven(blueprint.domain)) owners.set(blueprint.domain, 'the previews')
  for (const [name, { domain }] of mappings(blueprint.environments)) {
    if (!isGiven(domain)) continue
    const owner = owners.get(domain)
    if (owner !== undefined)
      report(['environments', name, 'domain'], `found ${show(domain)}, allowed: a domain other than that of ${owner}`)
    else owners.set(domain, name)
  }
}

function checkEnvironment(blueprint: Mapping, name: string, environment: Mapping, report: Report): void {
  const path = ['environments', name]
  if (reservedEnvironments.includes(name))
    report(path, `found the reserved name ${quote(name)}, allowed: any name but ${reservedEnvironments.join(', ')}`, 'key')
  if (environment.template !== 'dedicated') {
    if (environment.pinned === true) report([...path, 'pinned'], 'found true, allowed: true with template: dedicated')
    for (const key of ['domain', 'database', 'alerts']) {
      if (isGiven(environment[key])) report([...path, key], `found ${key} without template: dedicated, allowed: ${key} with it`, 'key')
    }
  }
  if (isGiven(environment.database) && !isGiven(blueprint.database)) {
    report([...path, 'database'], 'found database, allowed: database when the blueprint has a database section', 'key')
  }
  const services = mapping(blueprint.services)
  for (const [service, overrides] of mappings(environment.services)) {
    const place = [...path, 'services', service]
    if (!Object.hasOwn(services, service)) report(place, unknownService(service, Object.keys(services)), 'key')
    checkVariables(blueprint, overrides.environment, [...place, 'environment'], report)
    const base = mapping(services[service])
    if (isGiven(overrides.size)) checkSize({ ...mapping(base.size), ...mapping(overrides.size) }, [...place, 'size'], report)
    if (isGiven(overrides.count)) checkCount({ ...mapping(base.count), ...mapping(overrides.count) }, [...place, 'count'], report)
  }
}

function unknownService(name: string, services: readonly string[]): string {
  const meant = nearest(name, services)
  return `found a service that the blueprint does not have, allowed: ${services.slice(0, 40).join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {}
}

function mappings(value: unknown): [string, Mapping][] {
  return Object.entries(mapping(value)).filter((entry): entry is [string, Mapping] => isMapping(entry[1]))
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function show(value: unknown): string {
  return typeof value === 'string' ? quote(value) : `a ${typeof value}`
}
