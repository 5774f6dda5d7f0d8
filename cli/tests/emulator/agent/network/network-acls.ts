import type { NetworkAclEntry } from '@aws-sdk/client-ec2'
import type { NetworkSnapshot } from '../ports.ts'

const EVERYTHING = ['0.0.0.0/0', '::/0']

/** Throws unless the subnet's network ACL is as EC2 makes it with a VPC: everything in and out. */
export function refuseOtherAcls(snapshot: NetworkSnapshot, subnetId: string): void {
  const acl = snapshot.networkAcls.find(({ Associations = [] }) => Associations.some((association) => association.SubnetId === subnetId))
  if (acl === undefined) return
  const closed = [true, false].some((egress) => !opens((acl.Entries ?? []).filter(({ Egress }) => Egress === egress)))
  if (acl.IsDefault === true && !closed) return
  throw new Error(`the emulator does not implement network ACLs other than the default: ${acl.NetworkAclId} of ${subnetId}`)
}

/** The first entry by number decides about everything; the last, `*`, is never reached. */
function opens(entries: readonly NetworkAclEntry[]): boolean {
  const [first] = [...entries].sort((one, other) => (one.RuleNumber ?? 0) - (other.RuleNumber ?? 0))
  const range = first?.CidrBlock ?? first?.Ipv6CidrBlock ?? ''
  return first?.RuleAction === 'allow' && first.Protocol === '-1' && EVERYTHING.includes(range)
}
