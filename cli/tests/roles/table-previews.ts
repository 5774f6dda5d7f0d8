import { apply, can, deploy, everyone, type Given, nobody, previews, type Section } from './table.ts'
import { asOtherPreview, asPreview, bucket, named, nothing, object, the } from './things.ts'

const preview: Given = { label: 'tagged as a preview', context: asPreview }
const foreign: Given = { label: 'tagged as a preview of another project', context: asOtherPreview }
const within = (label: string, subnets: string[]): Given => ({ label, context: { ...asPreview, 'ecs:subnet': subnets } })
const onPlatform = within("tagged as a preview, in the platform's subnets", ['subnet-platform-a', 'subnet-platform-b'])
const elsewhere = within('tagged as a preview, in other subnets', ['subnet-platform-a', 'subnet-production-a'])
const otherRegion: Given = { label: 'in another region', context: { 'aws:RequestedRegion': 'eu-west-1' } }
const moved: Given = { label: 'into other subnets', context: { 'ecs:subnet': ['subnet-production-a'] } }
const asMade = (action: string): Given => ({
  label: `tagged as a preview, by ${action}`,
  context: { ...asPreview, 'ecs:CreateAction': action },
})
const later: Given = { label: 'tagged as a preview, later', context: asPreview }
const record = (type: string, name: string): Given => ({
  label: `${type} \`${name}\``,
  context: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [name], 'route53:ChangeResourceRecordSetsRecordTypes': [type] },
})
const zone = named('the hosted zone', 'arn:aws:route53:::hostedzone/Z0PREVIEW')
const otherZone = named('another hosted zone', 'arn:aws:route53:::hostedzone/Z0OTHER')
const balancers = (subnet: string): Given => ({
  label: `tagged as a preview, in ${subnet.includes('platform') ? "the platform's subnets" : 'other subnets'}`,
  context: {
    ...balancerTags,
    'elasticloadbalancing:Subnet': [subnet],
    'elasticloadbalancing:SecurityGroup': ['sg-platform-alb'],
  },
})
const balancerTags = { ...asPreview, 'aws:RequestTag/devtool:project': 'bare' }
const boundary = 'arn:aws:iam::123456789012:policy/devtool/wide-preview-workload'
const bounded: Given = { label: 'within the boundary', context: { 'iam:PermissionsBoundary': boundary } }
const wide = { ...asPreview, 'aws:RequestTag/devtool:project': 'wide' }
const wideTags = { ...the('VPC', 'preview').tags, 'devtool:project': 'wide' }
const wideGiven: Given = { label: 'tagged as a preview', context: wide }
const vpc = named('a VPC', 'arn:aws:ec2:us-east-1:123456789012:vpc/vpc-new')
const ownVpc = named('the VPC of a preview', 'arn:aws:ec2:us-east-1:123456789012:vpc/vpc-own', wideTags)
const ownRole = named('a role of a preview', 'arn:aws:iam::123456789012:role/devtool-previews/wide/wide-own-ground-task')
const groups = named('a security group that carries no tag', 'arn:aws:ec2:us-east-1:123456789012:security-group/sg-default')

export const previewSections: readonly Section[] = [
  {
    title: 'Previews: what the work needs',
    text: 'Whoever may push a branch can run anything as preview-apply: it may do to every preview of the project whatever it may do to one.',
    entries: [
      can(everyone, 's3:ListBucket', bucket),
      can(previews, 's3:PutObject', object('state/preview/calm-otter.tfstate')),
      can(previews, 's3:DeleteObject', object('state/preview/calm-otter.tfstate.tflock')),
      can(previews, 's3:PutObject', object('bundles/calm-otter.0f3a.tgz')),
      can(previews, 's3:PutObject', object('rescue/calm-otter.tfstate')),
      can(previews, 's3:PutObject', object('registry/environments/calm-otter.json')),
      can([...previews, ...deploy], 's3:PutObject', object('registry/slots/12.json')),
      can([...previews, 'preview-sweep'], 's3:PutObject', object('registry/sweep.json')),
      can(apply, 'ecr:GetAuthorizationToken', nothing),
      can(apply, 'ecs:CreateService', the('service', 'preview'), onPlatform),
      can(apply, 'ecs:TagResource', the('service', 'preview'), asMade('CreateService')),
      can(previews, 'ecs:RegisterTaskDefinition', the('task definition', 'preview'), preview),
      can(previews, 'ecs:UpdateService', the('service', 'preview')),
      can(previews, 'ecs:DeleteService', the('service', 'preview')),
      can(apply, 'elasticloadbalancing:CreateTargetGroup', the('target group', 'preview'), preview),
      can(previews, 'elasticloadbalancing:DeleteTargetGroup', the('target group', 'preview')),
      can(previews, 'elasticloadbalancing:DeleteRule', the('rule', 'preview')),
      can(apply, 'secretsmanager:CreateSecret', the('secret', 'preview'), preview),
      can(previews, 'secretsmanager:GetSecretValue', the('secret', 'preview')),
      can(previews, 'secretsmanager:DeleteSecret', the('secret', 'preview')),
      can([...previews, 'production-plan', 'production-apply'], 'ecs:DescribeServices', the('service', 'preview')),
      can(['preview-apply', 'preview-teardown', 'preview-sweep', 'production-plan', 'production-apply'], 'tag:GetResources', nothing),
      // removing a preview that was made with the template dedicated needs no more than its tags
      can(previews, 'rds:DeleteDBInstance', the('database', 'preview')),
      can(previews, 'ec2:DeleteVpc', the('VPC', 'preview')),
      // what AWS knows no resource for
      can([...previews, ...deploy], 'ecs:DeregisterTaskDefinition', nothing),
    ],
  },
  {
    title: 'Previews: what they are kept from',
    text: '',
    entries: [
      can(nobody, 'ecs:CreateService', the('service', 'preview'), elsewhere),
      can(nobody, 'ecs:UpdateService', the('service', 'preview'), moved),
      can(nobody, 'ecs:TagResource', the('service', 'production'), later),
      can(nobody, 'ecs:RunTask', the('task definition', 'preview')),
      can(nobody, 'ecs:UpdateService', the('service', 'other')),
      can(nobody, 'ecs:RegisterTaskDefinition', the('task definition', 'preview'), foreign),
      can(nobody, 'elasticloadbalancing:DeleteRule', the('rule', 'other')),
      can(nobody, 'secretsmanager:GetSecretValue', the('secret', 'other')),
      can(nobody, 'secretsmanager:GetSecretValue', the('secret', 'nobody')),
      can(nobody, 'ecs:DeleteService', the('service', 'nobody')),
      can(nobody, 'rds:DeleteDBInstance', the('database', 'nobody')),
      can(nobody, 'ecs:DeleteService', the('service', 'preview'), otherRegion),
      can(
        nobody,
        's3:GetObject',
        named('the state bucket of another project', 'arn:aws:s3:::blog-devtool-123456789012-us-east-1/state/preview/calm-otter.tfstate'),
      ),
      can(nobody, 'ec2:CreateVpc', vpc, preview),
      can(nobody, 'rds:CreateDBInstance', the('database', 'preview'), preview),
      can(
        nobody,
        'iam:CreateRole',
        named('a role of a preview', 'arn:aws:iam::123456789012:role/devtool-previews/shop/shop-calm-otter-task'),
      ),
      can(
        nobody,
        'elasticloadbalancing:CreateLoadBalancer',
        named('a load balancer', 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/shop-calm-otter'),
        preview,
      ),
      can(previews, 'route53:ChangeResourceRecordSets', zone, record('A', 'own-ground.preview.example.com')),
      can(previews, 'route53:ChangeResourceRecordSets', zone, record('CNAME', '_1f2e.own-ground.preview.example.com')),
      can(nobody, 'route53:ChangeResourceRecordSets', zone, record('A', '\\052.preview.example.com')),
      can(nobody, 'route53:ChangeResourceRecordSets', zone, record('CNAME', '_1f2e.preview.example.com')),
      can(nobody, 'route53:ChangeResourceRecordSets', zone, record('A', 'www.example.com')),
      can(nobody, 'route53:ChangeResourceRecordSets', zone, record('TXT', 'own-ground.preview.example.com')),
      can(nobody, 'route53:ChangeResourceRecordSets', otherZone, record('A', 'own-ground.preview.example.com')),
    ],
  },
  {
    title: 'Without a domain',
    text: 'Each preview then has a load balancer of its own, in the network of the platform.',
    project: 'bare',
    entries: [
      can(
        apply,
        'elasticloadbalancing:CreateLoadBalancer',
        named('a load balancer', 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/bare-calm-otter'),
        balancers('subnet-platform-public-a'),
      ),
      can(
        nobody,
        'elasticloadbalancing:CreateLoadBalancer',
        named('a load balancer', 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/bare-calm-otter'),
        balancers('subnet-production-public-a'),
      ),
      can(nobody, 'elasticloadbalancing:CreateRule', the('listener', 'platform'), { label: 'tagged as a preview', context: balancerTags }),
      can(nobody, 'route53:ChangeResourceRecordSets', zone, record('A', 'own-ground.preview.example.com')),
    ],
  },
  {
    title: 'With `dedicatedPreviews`',
    text: 'Previews may then bring a network, a database and roles. Roles stand below a path of their own and within a boundary that gives them no more than the roles of the platform have.',
    project: 'wide',
    entries: [
      can(apply, 'ec2:CreateVpc', vpc, wideGiven),
      can(nobody, 'ec2:CreateVpc', vpc, { label: 'without tags', context: {} }),
      can(apply, 'ec2:CreateSubnet', ownVpc),
      can(nobody, 'ec2:CreateSubnet', the('VPC', 'platform')),
      can(nobody, 'ec2:CreateSubnet', the('VPC', 'nobody')),
      can(nobody, 'ec2:CreateTags', groups, wideGiven),
      can(
        apply,
        'rds:CreateDBInstance',
        named('the database of a preview', 'arn:aws:rds:us-east-1:123456789012:db:wide-own-ground'),
        wideGiven,
      ),
      can(
        nobody,
        'rds:CreateDBInstance',
        named('a database of any other name', 'arn:aws:rds:us-east-1:123456789012:db:warehouse'),
        wideGiven,
      ),
      can(apply, 'iam:CreateRole', ownRole, bounded),
      can(nobody, 'iam:CreateRole', ownRole, { label: 'without a boundary', context: {} }),
      can(nobody, 'iam:CreateRole', ownRole, {
        label: 'within another boundary',
        context: { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
      can(nobody, 'iam:CreateRole', named('a role beside the path', 'arn:aws:iam::123456789012:role/wide-own-ground-task'), bounded),
      can(nobody, 'iam:AttachRolePolicy', ownRole, bounded),
      can(previews, 'iam:DeleteRole', ownRole),
      can(previews, 'iam:PassRole', ownRole, { label: 'to ECS tasks', context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
      can(nobody, 'iam:PassRole', ownRole, { label: 'to Lambda', context: { 'iam:PassedToService': 'lambda.amazonaws.com' } }),
      can(nobody, 'iam:PassRole', the('task role', 'production'), {
        label: 'to ECS tasks',
        context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      }),
      can(nobody, 'logs:TagResource', the('log group', 'production'), wideGiven),
    ],
  },
]
