import { DescribeSubnetsCommand, type EC2Client } from '@aws-sdk/client-ec2'
import type { DBInstance } from '@aws-sdk/client-rds'
import { addressIn, prefixLength } from '../network/addresses.ts'
import type { Interface } from '../ports.ts'

/** The network interface of an instance: in the subnet of its group that is in its zone. */
export async function interfaceOf(ec2: EC2Client, instance: DBInstance): Promise<Interface> {
  const subnets = instance.DBSubnetGroup?.Subnets ?? []
  const subnet = subnets.find((each) => each.SubnetAvailabilityZone?.Name === instance.AvailabilityZone) ?? subnets[0]
  const subnetId = subnet?.SubnetIdentifier
  if (subnetId === undefined) throw new Error(`the emulator needs a subnet group for database ${instance.DBInstanceIdentifier}`)
  const found = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }))
  return {
    address: addressFor(found.Subnets?.[0]?.CidrBlock ?? '10.0.0.0/24', instance.DBInstanceIdentifier ?? ''),
    subnetId,
    securityGroupIds: (instance.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId: id }) => id ?? []),
    publicAddress: instance.PubliclyAccessible ?? false,
  }
}

/** Always the same for the same name, in the upper half of the range: tasks take theirs from the lower end. The last one is AWS's own. */
function addressFor(cidr: string, name: string): string {
  let hash = 0
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) >>> 0
  return addressIn(cidr, -2 - (hash % Math.max(1, 2 ** (31 - prefixLength(cidr)) - 2)))
}
