import type { Aws } from './clients.ts'
import { attempting } from './errors.ts'

/** Id (`Z...`) of the public zone that holds `domain`: the one with the longest matching name; `undefined` if this account has none. */
export async function findZone(aws: Aws, domain: string): Promise<string | undefined> {
  return attempting(`look for the hosted zone of ${domain}`, async () => {
    const { client, sdk } = await aws.route53()
    let best: { name: string; id: string } | undefined
    for await (const page of sdk.paginateListHostedZones({ client }, {})) {
      for (const zone of page.HostedZones ?? []) {
        const name = (zone.Name ?? '').replace(/\.$/, '')
        const holds = domain === name || domain.endsWith(`.${name}`)
        if (!holds || name === '' || zone.Config?.PrivateZone === true) continue
        if (best === undefined || name.length > best.name.length) best = { name, id: (zone.Id ?? '').replace(/^\/hostedzone\//, '') }
      }
    }
    return best?.id
  })
}
