import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'
import { routedServices } from '../blueprint/resolve.ts'

/** A name that no service of a blueprint may have (blueprint/rules.ts). */
export const routerName = 'public'
/** Within the network of the Compose file; what of it is published is the user's to choose. */
export const routerPort = 8080

/**
 * The Caddyfile that does what the listener rules do: the longest route first, `/api` takes itself and what is below it but not `/apiary`, and the
 * path is compared as it was sent (Caddy's own path matcher ignores case and decodes). Nothing in a route or a name of a service means something
 * to Caddy; a dot would to a regular expression. A page elsewhere, whose name leads to this machine (DNS rebinding), gets nothing.
 */
export function caddyfile(services: ResolvedBlueprint['services']): string {
  const routes = routedServices(services).flatMap(([name, { port, route }]) => [
    ...(route === '/' ? [] : [`\t\t@${name} vars_regexp {http.request.orig_uri} ^${route.replaceAll('.', '\\.')}([/?]|$)`]),
    // a container that is just being replaced is waited for
    `\t\treverse_proxy ${route === '/' ? '' : `@${name} `}${name}:${port} {`,
    '\t\t\tlb_try_duration 5s',
    '\t\t}',
  ])
  return [
    '{',
    '\tadmin off',
    '\tauto_https off',
    '}',
    '',
    `:${routerPort} {`,
    '\troute {',
    `\t\t@foreign_host not host localhost *.localhost 127.0.0.1 ${routerName}`,
    '\t\trespond @foreign_host "this answers for localhost only" 404',
    ...routes,
    '\t\trespond "no such route" 404',
    '\t}',
    '}',
    '',
  ].join('\n')
}
