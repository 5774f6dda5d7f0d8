import * as ec2 from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../support/toolchain.ts'
import { type Emulator, startEmulator } from '../../emulator.ts'
import { loadNetwork } from './load.ts'
import { createNetwork } from './network.ts'
import { awsService } from './services.ts'

describeWith(['emulator'], 'the network as applied', () => {
  let emulator: Emulator
  let client: ec2.EC2Client

  beforeAll(async () => {
    emulator = await startEmulator()
    const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' }
    client = new ec2.EC2Client({ region: 'us-east-1', endpoint: emulator.url, credentials })
  })

  afterAll(async () => {
    client?.destroy()
    await emulator?.stop()
  })

  test('is read and judged', async () => {
    const vpcId = (await client.send(new ec2.CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? ''
    const subnet = async (CidrBlock: string) =>
      (await client.send(new ec2.CreateSubnetCommand({ VpcId: vpcId, CidrBlock }))).Subnet?.SubnetId ?? ''
    const [outer, inner] = [await subnet('10.0.128.0/24'), await subnet('10.0.0.0/20')]
    const gateway = (await client.send(new ec2.CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? ''
    await client.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpcId }))
    const table = async (subnetId: string, target: object) => {
      const id = (await client.send(new ec2.CreateRouteTableCommand({ VpcId: vpcId }))).RouteTable?.RouteTableId ?? ''
      await client.send(new ec2.CreateRouteCommand({ RouteTableId: id, DestinationCidrBlock: '0.0.0.0/0', ...target }))
      await client.send(new ec2.AssociateRouteTableCommand({ RouteTableId: id, SubnetId: subnetId }))
      return id
    }
    await table(outer, { GatewayId: gateway })
    const nat = (await client.send(new ec2.CreateNatGatewayCommand({ SubnetId: outer, ConnectivityType: 'public' }))).NatGateway
    const inside = await table(inner, { NatGatewayId: nat?.NatGatewayId })
    await client.send(
      new ec2.CreateVpcEndpointCommand({ VpcId: vpcId, ServiceName: 'com.amazonaws.us-east-1.s3', RouteTableIds: [inside] }),
    )
    const group = async (name: string) =>
      (await client.send(new ec2.CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpcId }))).GroupId ?? ''
    const [balancers, tasks] = [await group('balancers'), await group('tasks')]
    const list = await client.send(
      new ec2.CreateManagedPrefixListCommand({
        PrefixListName: 'office',
        AddressFamily: 'IPv4',
        MaxEntries: 1,
        Entries: [{ Cidr: '198.51.100.0/24' }],
      }),
    )
    const PrefixListIds = [{ PrefixListId: list.PrefixList?.PrefixListId }]
    const allow = (GroupId: string, port: number, peer: object) =>
      client.send(
        new ec2.AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer }],
        }),
      )
    await allow(balancers, 443, { PrefixListIds })
    await allow(tasks, 3000, { UserIdGroupPairs: [{ GroupId: balancers }] })

    const network = createNetwork(await loadNetwork(client))
    const balancer = { address: '10.0.128.9', subnetId: outer, securityGroupIds: [balancers], publicAddress: true }
    const task = { address: '10.0.0.9', subnetId: inner, securityGroupIds: [tasks], publicAddress: false }
    expect(network.why('internet', balancer, 443)).toBeUndefined()
    expect(network.why(balancer, task, 3000)).toBeUndefined()
    expect(network.why(balancer, task, 3001)).toContain('has no ingress rule for tcp port 3001 from 10.0.128.9')
    expect(network.internet(task)).toBeUndefined()
    expect(network.why(task, awsService('s3'), 443)).toBeUndefined()
    expect(network.why(task, awsService('logs'), 443)).toBeUndefined()

    await client.send(new ec2.DeleteNatGatewayCommand({ NatGatewayId: nat?.NatGatewayId }))
    const without = createNetwork(await loadNetwork(client))
    expect(without.internet(task)).toContain(`NAT gateway ${nat?.NatGatewayId} is`)
    expect(without.why(task, awsService('logs'), 443)).toContain('NAT gateway')
    expect(without.why(task, awsService('s3'), 443)).toBeUndefined()
  })
})
