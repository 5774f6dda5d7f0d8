import * as acm from '@aws-sdk/client-acm'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as ec2 from '@aws-sdk/client-ec2'
import * as ecs from '@aws-sdk/client-ecs'
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2'
import * as iam from '@aws-sdk/client-iam'
import * as rds from '@aws-sdk/client-rds'
import * as route53 from '@aws-sdk/client-route-53'
import * as secrets from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as ssm from '@aws-sdk/client-ssm'
import type { Owner } from './thing.ts'

const config = { region: 'eu-west-1' }

/** For tests only: one of everything, as the dedicated template makes it, through the API and not through Terraform. */
export async function makeEnvironment(owner: Owner): Promise<Record<string, string>> {
  const name = `${owner.project}-${owner.environment}`
  const tags = { 'devtool:project': owner.project, 'devtool:environment': owner.environment, 'devtool:managed-by': 'devtool' }
  const Tags = [...Object.entries(tags), ['Name', name]].map(([Key, Value]) => ({ Key, Value }))
  const lowerTags = Object.entries(tags).map(([key, value]) => ({ key, value }))
  const specifications = (ResourceType: ec2.ResourceType) => [{ ResourceType, Tags }]

  const network = await makeNetwork(name, specifications)
  const balancing = new elb.ElasticLoadBalancingV2Client(config)
  const lb = await balancing.send(new elb.CreateLoadBalancerCommand({ Name: name, Subnets: [network.subnet], Tags }))
  const { LoadBalancerArn: lbArn = '', DNSName: dns = '' } = lb.LoadBalancers?.[0] ?? {}
  const group = await balancing.send(
    new elb.CreateTargetGroupCommand({ Name: `${name}-web`, Port: 80, Protocol: 'HTTP', VpcId: network.vpc, Tags }),
  )
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? ''
  const fixed = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404' } }]
  const listenerReply = await balancing.send(
    new elb.CreateListenerCommand({ LoadBalancerArn: lbArn, Port: 80, Protocol: 'HTTP', DefaultActions: fixed, Tags }),
  )
  const listener = listenerReply.Listeners?.[0]?.ListenerArn ?? ''
  const Conditions = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*'] } }]
  const Actions = [{ Type: 'forward' as const, TargetGroupArn }]
  const ruleReply = await balancing.send(new elb.CreateRuleCommand({ ListenerArn: listener, Priority: 850, Conditions, Actions, Tags }))

  const containers = new ecs.ECSClient(config)
  await containers.send(new ecs.CreateClusterCommand({ clusterName: name, tags: lowerTags, capacityProviders: ['FARGATE'] }))
  const definition = await containers.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: `${name}-web`,
      networkMode: 'awsvpc',
      containerDefinitions: [{ name: 'web', image: 'web', memory: 128 }],
      tags: lowerTags,
    }),
  )
  await containers.send(
    new ecs.CreateServiceCommand({
      cluster: name,
      serviceName: `${name}-web`,
      taskDefinition: `${name}-web`,
      desiredCount: 1,
      launchType: 'FARGATE',
      // The provider stops at a service without.
      networkConfiguration: { awsvpcConfiguration: { subnets: [network.subnet], securityGroups: [network.securityGroup] } },
      tags: lowerTags,
    }),
  )
  const roles = new iam.IAMClient(config)
  await roles.send(new iam.CreateRoleCommand({ RoleName: `${name}-task`, AssumeRolePolicyDocument: '{}', Tags }))
  await roles.send(new iam.PutRolePolicyCommand({ RoleName: `${name}-task`, PolicyName: 'start-tasks', PolicyDocument: policy() }))
  const certificate = await new acm.ACMClient(config).send(
    new acm.RequestCertificateCommand({ DomainName: `${owner.environment}.example.com`, Tags, ValidationMethod: 'DNS' }),
  )
  const logClient = new logs.CloudWatchLogsClient(config)
  await logClient.send(new logs.CreateLogGroupCommand({ logGroupName: `/devtool/${name}/flow-logs`, tags }))
  const databases = new rds.RDSClient(config)
  const DBSubnetGroupName = name
  await databases.send(
    new rds.CreateDBSubnetGroupCommand({ DBSubnetGroupName, DBSubnetGroupDescription: name, SubnetIds: [network.subnet], Tags }),
  )
  await databases.send(
    new rds.CreateDBParameterGroupCommand({
      DBParameterGroupName: `${name}-pg17`,
      DBParameterGroupFamily: 'postgres17',
      Description: name,
      Tags,
    }),
  )
  await databases.send(
    new rds.CreateDBInstanceCommand({
      DBInstanceIdentifier: name,
      DBInstanceClass: 'db.t4g.micro',
      Engine: 'postgres',
      AllocatedStorage: 20,
      MasterUsername: 'devtool_admin',
      MasterUserPassword: 'only-for-the-emulator',
      Tags,
    }),
  )
  const secretName = `${owner.project}/${owner.environment}/database`
  const secret = await new secrets.SecretsManagerClient(config).send(
    new secrets.CreateSecretCommand({ Name: secretName, SecretString: '{}', Tags }),
  )
  const topic = await new sns.SNSClient(config).send(new sns.CreateTopicCommand({ Name: `${name}-alerts`, Tags }))
  await new ssm.SSMClient(config).send(
    new ssm.PutParameterCommand({ Name: `/devtool/${owner.project}/${owner.environment}`, Value: 'x', Type: 'String', Tags }),
  )
  return {
    ...network,
    lb: lbArn,
    dns,
    group: TargetGroupArn,
    listener,
    rule: ruleReply.Rules?.[0]?.RuleArn ?? '',
    certificate: certificate.CertificateArn ?? '',
    definition: definition.taskDefinition?.taskDefinitionArn ?? '',
    secret: secret.ARN ?? '',
    topic: topic.TopicArn ?? '',
  }
}

async function makeNetwork(name: string, specifications: (type: ec2.ResourceType) => ec2.TagSpecification[]) {
  const client = new ec2.EC2Client(config)
  const vpcReply = await client.send(new ec2.CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: specifications('vpc') }))
  const vpc = vpcReply.Vpc?.VpcId ?? ''
  const subnetReply = await client.send(
    new ec2.CreateSubnetCommand({
      VpcId: vpc,
      CidrBlock: '10.0.0.0/24',
      AvailabilityZone: 'eu-west-1a',
      TagSpecifications: specifications('subnet'),
    }),
  )
  const subnet = subnetReply.Subnet?.SubnetId ?? ''
  const gatewayReply = await client.send(new ec2.CreateInternetGatewayCommand({ TagSpecifications: specifications('internet-gateway') }))
  const gateway = gatewayReply.InternetGateway?.InternetGatewayId ?? ''
  await client.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpc }))
  const tableReply = await client.send(new ec2.CreateRouteTableCommand({ VpcId: vpc, TagSpecifications: specifications('route-table') }))
  const table = tableReply.RouteTable?.RouteTableId ?? ''
  await client.send(new ec2.CreateRouteCommand({ RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway }))
  await client.send(new ec2.AssociateRouteTableCommand({ RouteTableId: table, SubnetId: subnet }))
  const addressReply = await client.send(new ec2.AllocateAddressCommand({ Domain: 'vpc', TagSpecifications: specifications('elastic-ip') }))
  const address = addressReply.AllocationId ?? ''
  const natReply = await client.send(
    new ec2.CreateNatGatewayCommand({ SubnetId: subnet, AllocationId: address, TagSpecifications: specifications('natgateway') }),
  )
  const endpointReply = await client.send(
    new ec2.CreateVpcEndpointCommand({
      VpcId: vpc,
      ServiceName: 'com.amazonaws.eu-west-1.s3',
      RouteTableIds: [table],
      TagSpecifications: specifications('vpc-endpoint'),
    }),
  )
  const groupReply = await client.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: `${name}-alb`,
      Description: 'x',
      VpcId: vpc,
      TagSpecifications: specifications('security-group'),
    }),
  )
  const securityGroup = groupReply.GroupId ?? ''
  const rules: Record<string, string> = {}
  for (const port of [80, 443]) {
    const reply = await client.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId: securityGroup,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        TagSpecifications: specifications('security-group-rule'),
      }),
    )
    rules[`rule${port}`] = reply.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? ''
  }
  return {
    vpc,
    subnet,
    gateway,
    table,
    address,
    nat: natReply.NatGateway?.NatGatewayId ?? '',
    endpoint: endpointReply.VpcEndpoint?.VpcEndpointId ?? '',
    securityGroup,
    ...rules,
  }
}

function policy(): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' }] })
}

/** For tests only: a public zone with a record that leads to a load balancer. */
export async function makeAlias(zoneName: string, host: string, target: string): Promise<string> {
  const client = new route53.Route53Client(config)
  const zone = await client.send(new route53.CreateHostedZoneCommand({ Name: zoneName, CallerReference: host }))
  const id = (zone.HostedZone?.Id ?? '').replace('/hostedzone/', '')
  const AliasTarget = { DNSName: target, HostedZoneId: 'Z32O12XQLNTSW2', EvaluateTargetHealth: false }
  const change = { Action: 'CREATE' as const, ResourceRecordSet: { Name: host, Type: 'A' as const, AliasTarget } }
  await client.send(new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: id, ChangeBatch: { Changes: [change] } }))
  return id
}
