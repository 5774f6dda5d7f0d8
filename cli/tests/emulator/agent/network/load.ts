import {
  DescribeInternetGatewaysCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2'
import type { NetworkSnapshot } from '../ports.ts'
import type { KnownPrefixLists } from './network.ts'

/** Reads all that decides who reaches whom; the emulator gives everything in one page. */
export async function loadNetwork(ec2: EC2Client): Promise<NetworkSnapshot & KnownPrefixLists> {
  const [subnets, routeTables, securityGroups, networkAcls, internetGateways, natGateways, vpcEndpoints, prefixLists] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand({})),
    ec2.send(new DescribeRouteTablesCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
    ec2.send(new DescribeNetworkAclsCommand({})),
    ec2.send(new DescribeInternetGatewaysCommand({})),
    ec2.send(new DescribeNatGatewaysCommand({})),
    ec2.send(new DescribeVpcEndpointsCommand({})),
    loadPrefixLists(ec2),
  ])
  return {
    subnets: subnets.Subnets ?? [],
    routeTables: routeTables.RouteTables ?? [],
    securityGroups: securityGroups.SecurityGroups ?? [],
    networkAcls: networkAcls.NetworkAcls ?? [],
    internetGateways: internetGateways.InternetGateways ?? [],
    natGateways: natGateways.NatGateways ?? [],
    vpcEndpoints: vpcEndpoints.VpcEndpoints ?? [],
    prefixLists,
  }
}

/** What the account's own lists hold. Those of AWS are known by name only: nothing but the service itself is in them. */
async function loadPrefixLists(ec2: EC2Client): Promise<Map<string, string[]>> {
  const { PrefixLists = [] } = await ec2.send(new DescribeManagedPrefixListsCommand({}))
  const lists = PrefixLists.map(async ({ PrefixListId = '', OwnerId }): Promise<[string, string[]]> => {
    if (OwnerId === 'AWS') return [PrefixListId, []]
    const { Entries = [] } = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId }))
    return [PrefixListId, Entries.map(({ Cidr = '' }) => Cidr)]
  })
  return new Map(await Promise.all(lists))
}
