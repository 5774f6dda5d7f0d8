import { DescribeNetworkInterfacesCommand, DescribeSubnetsCommand, type EC2Client } from '@aws-sdk/client-ec2'
import { addressIn, contains } from '../network/addresses.ts'
import type { Addresses } from './model.ts'

/** AWS keeps the first four addresses of a subnet for itself. */
const FIRST = 4

export function createAddresses(ec2: EC2Client): Addresses {
  const taken = new Map<string, string>()
  /** Where to look next, so that an address is not used again at once. */
  const next = new Map<string, number>()
  return {
    take: async ({ subnetIds, securityGroupIds, publicAddress }) => {
      const count = (subnetId: string): number => [...taken.values()].filter((each) => each === subnetId).length
      const subnetId = subnetIds.toSorted((left, right) => count(left) - count(right))[0]
      if (subnetId === undefined) throw new Error('Network Configuration must be provided when networkMode awsvpc is specified.')
      const [{ Subnets = [] }, { NetworkInterfaces = [] }] = await Promise.all([
        ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] })),
        ec2.send(new DescribeNetworkInterfacesCommand({})),
      ])
      const cidr = Subnets[0]?.CidrBlock ?? ''
      const used = new Set([...taken.keys(), ...NetworkInterfaces.map(({ PrivateIpAddress = '' }) => PrivateIpAddress)])
      for (let offset = next.get(subnetId) ?? FIRST; ; offset += 1) {
        const address = addressIn(cidr, offset)
        if (!contains(cidr, address)) throw new Error(`Insufficient free addresses in subnet ${subnetId}.`)
        if (used.has(address)) continue
        taken.set(address, subnetId)
        next.set(subnetId, offset + 1)
        return { address, subnetId, securityGroupIds: [...securityGroupIds], publicAddress }
      }
    },
    release: ({ address }) => {
      taken.delete(address)
    },
  }
}
