import type { VpcEndpoint } from '@aws-sdk/client-ec2'
import type { Interface, NetworkSnapshot } from '../ports.ts'
import { addressIn } from './addresses.ts'
import { routeTableOf, subnetOf } from './routes.ts'

const PREFIX = 'service:'

/** A service of AWS in the environment's region as something to reach: `network.why(task, awsService('ecr.api'), 443)`. */
export function awsService(name: string): Interface {
  return { address: `${PREFIX}${name}`, subnetId: '', securityGroupIds: [], publicAddress: true }
}

/** The short name (`ecr.api`) of what `awsService` made. */
export function serviceName(to: Interface): string | undefined {
  return to.address.startsWith(PREFIX) ? to.address.slice(PREFIX.length) : undefined
}

/** How an interface reaches a service: an interface endpoint takes its name over in the whole VPC, a gateway endpoint its routes. */
export type ServiceWay = { via: 'interfaces'; interfaces: Interface[] } | { via: 'gateway'; prefixListId: string } | { via: 'internet' }

export function serviceWay(snapshot: NetworkSnapshot, from: Interface, name: string): ServiceWay {
  const vpcId = subnetOf(snapshot, from.subnetId).VpcId
  const own = snapshot.vpcEndpoints.filter(
    (endpoint) => endpoint.VpcId === vpcId && isFor(endpoint, name) && /^available$/i.test(endpoint.State ?? ''),
  )
  for (const endpoint of own) refuseUnknown(endpoint)
  const named = own.find((endpoint) => endpoint.VpcEndpointType === 'Interface' && endpoint.PrivateDnsEnabled === true)
  if (named !== undefined) return { via: 'interfaces', interfaces: interfacesOf(snapshot, named) }
  const table = routeTableOf(snapshot, from.subnetId)
  const gateway = own.find((endpoint) => isGateway(endpoint) && (endpoint.RouteTableIds ?? []).includes(table.RouteTableId ?? ''))
  if (gateway === undefined) return { via: 'internet' }
  const route = (table.Routes ?? []).find(({ GatewayId }) => GatewayId === gateway.VpcEndpointId)
  return { via: 'gateway', prefixListId: route?.DestinationPrefixListId ?? '' }
}

function isFor(endpoint: VpcEndpoint, name: string): boolean {
  return (endpoint.ServiceName ?? '').replace(/^com\.amazonaws\.[a-z0-9-]+\./, '') === name
}

/** The API leaves the type of a gateway endpoint out. */
function isGateway({ VpcEndpointType }: VpcEndpoint): boolean {
  return (VpcEndpointType ?? 'Gateway') === 'Gateway'
}

function refuseUnknown(endpoint: VpcEndpoint): void {
  if (!isGateway(endpoint) && endpoint.VpcEndpointType !== 'Interface') {
    throw new Error(`the emulator does not implement VPC endpoints of type ${endpoint.VpcEndpointType}`)
  }
  const statements = [JSON.parse(endpoint.PolicyDocument ?? '{}').Statement ?? []].flat()
  const open = statements.every(
    ({ Effect, Principal, Action, Resource, ...rest }: Record<string, unknown>) =>
      Effect === 'Allow' && [Principal, Action, Resource].every((value) => value === '*') && Object.keys(rest).length === 0,
  )
  if (!open) throw new Error(`the emulator does not implement the policy of VPC endpoint ${endpoint.VpcEndpointId}`)
}

/** Its addresses are known to EC2 alone; any of the subnet stands for them. */
function interfacesOf(snapshot: NetworkSnapshot, endpoint: VpcEndpoint): Interface[] {
  return (endpoint.SubnetIds ?? []).map((subnetId) => ({
    address: addressIn(subnetOf(snapshot, subnetId).CidrBlock ?? '', -3),
    subnetId,
    securityGroupIds: (endpoint.Groups ?? []).map(({ GroupId = '' }) => GroupId),
    publicAddress: false,
  }))
}
