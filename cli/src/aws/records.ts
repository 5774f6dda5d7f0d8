import type { Aws } from './clients.ts'
import { unless } from './errors.ts'
import type { Thing } from './inventory/thing.ts'

interface PlannedRecord {
  address: string
  values: Record<string, unknown>
}

/**
 * DNS records have no tags, so a record counts as the environment's only if it points to one of its load balancers; one that leads
 * anywhere else is somebody's, and the apply stops at it. The records that validate a certificate need no adopting: they overwrite.
 */
export async function findRecords(aws: Aws, planned: readonly PlannedRecord[], balancers: readonly Thing[]): Promise<Map<string, string>> {
  const targets = new Set(balancers.map(({ attributes }) => hostOf(String(attributes.dns_name ?? ''))))
  const found = new Map<string, string>()
  if (targets.size === 0) return found
  const { client, sdk } = await aws.route53()
  for (const { address, values } of planned) {
    const { zone_id: zone, name, type } = values
    if (typeof zone !== 'string' || typeof name !== 'string' || type !== 'A') continue
    const command = new sdk.ListResourceRecordSetsCommand({ HostedZoneId: zone, StartRecordName: name, StartRecordType: type, MaxItems: 1 })
    const record = (await unless(['NoSuchHostedZone'], () => client.send(command)))?.ResourceRecordSets?.[0]
    if (record?.Type !== type || hostOf(record.Name ?? '') !== hostOf(name)) continue
    if (targets.has(hostOf(record.AliasTarget?.DNSName ?? '').replace(/^dualstack\./, ''))) found.set(address, `${zone}_${name}_${type}`)
  }
  return found
}

/** Route 53 ends names with a dot and writes `*` as `\052`. */
function hostOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\\052/, '*')
}
