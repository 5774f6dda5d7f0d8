import type { Environment } from '../environment/environment.ts'

/** Which service a request is for. Names and paths are compared as they stand: nothing is decoded, nothing is normalised. */

export type ServiceStatus = NonNullable<Environment['services'][number]['status']>

export interface RoutedService {
  name: string
  /** `/` takes everything, `/api` takes itself and what is below it, but not `/apiary`. */
  route: string
  /** Where it listens on this machine; null as long as it does not. */
  port: number | null
  status: ServiceStatus
  lastLines: () => string[]
  reason: string | null
}

export interface RoutedEnvironment {
  name: string
  url: string
  services: RoutedService[]
}

export type Destination =
  /** A name that a browser never asks this machine for by itself: a foreign page sent it here. */
  | { kind: 'foreign' }
  /** This machine, but no environment has the name that was asked for, or nothing in it takes the path. */
  | { kind: 'nowhere'; asked: string; environment: RoutedEnvironment | undefined }
  | { kind: 'service'; environment: RoutedEnvironment; service: RoutedService }

/** What of a request says where it goes: the parts of Node's `IncomingMessage`. */
export interface Addressed {
  url?: string | undefined
  rawHeaders: readonly string[]
  headers: { host?: string | undefined }
}

const LOCAL_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
const LOCAL_SUFFIX = '.localhost'

/** The name in a Host header, in lower case, without its port and one trailing dot; `undefined` for what is no host. */
export function hostName(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\]+?)\.?(?::\d*)?$/i.exec(host)?.[1]?.toLowerCase()
}

/** Path and query of a request, whatever form its target has. */
export function targetPath(url: string): string {
  const rest = /^http:\/\/[^/?#]*(.*)$/is.exec(url)?.[1]
  if (rest === undefined) return url
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * The one name that a request is for. Of a request that holds two Host headers, or a whole URL for a target that is not for its Host, a service
 * could read another name than we do: it is for nobody.
 */
export function requestedName(request: Addressed): string | undefined {
  if (hostHeaders(request.rawHeaders) !== 1) return undefined
  const name = hostName(request.headers.host ?? '')
  const authority = /^http:\/\/([^/?#]*)/i.exec(request.url ?? '')?.[1]
  return authority === undefined || hostName(authority) === name ? name : undefined
}

function hostHeaders(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) if (rawHeaders[index]?.toLowerCase() === 'host') count += 1
  return count
}

export function destinationOf(request: Addressed, environments: readonly RoutedEnvironment[]): Destination {
  const name = requestedName(request)
  if (name === undefined) return { kind: 'foreign' }
  if (LOCAL_NAMES.includes(name)) return { kind: 'nowhere', asked: name, environment: undefined }
  if (!name.endsWith(LOCAL_SUFFIX)) return { kind: 'foreign' }
  const environment = environments.find((candidate) => candidate.name === name.slice(0, -LOCAL_SUFFIX.length))
  if (environment === undefined) return { kind: 'nowhere', asked: name, environment }
  const path = pathOf(request.url ?? '')
  const service = serviceFor(path, environment.services)
  return service === undefined ? { kind: 'nowhere', asked: path, environment } : { kind: 'service', environment, service }
}

function pathOf(url: string): string {
  const target = targetPath(url)
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}

/** The service with the longest route that takes this path. */
function serviceFor(path: string, services: readonly RoutedService[]): RoutedService | undefined {
  let found: RoutedService | undefined
  for (const service of services) {
    if (takes(service.route, path) && (found === undefined || service.route.length > found.route.length)) found = service
  }
  return found
}

function takes(route: string, path: string): boolean {
  if (route === '/') return path.startsWith('/')
  return path.startsWith(route) && (path.length === route.length || path[route.length] === '/')
}
