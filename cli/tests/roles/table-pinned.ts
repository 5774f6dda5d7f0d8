import { apply, can, deploy, everyone, type Given, nobody, previews, production, type Section } from './table.ts'
import { asPreview, asPreviewNamedProduction, asProduction, bucket, named, nothing, object, the } from './things.ts'

const preview: Given = { label: 'tagged as a preview', context: asPreview }
const disguised: Given = { label: 'tagged as a preview, with the name production', context: asPreviewNamedProduction }
const pinned: Given = { label: 'tagged as production', context: asProduction }
const boundary = 'arn:aws:iam::123456789012:policy/devtool/shop-pinned-workload'
const bounded: Given = { label: 'within its boundary', context: { 'iam:PermissionsBoundary': boundary } }
const toTasks: Given = { label: 'to ECS tasks', context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }
const toFunctions: Given = { label: 'to Lambda', context: { 'iam:PassedToService': 'lambda.amazonaws.com' } }
const record = (name: string): Given => ({
  label: `of \`${name}\``,
  context: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [name], 'route53:ChangeResourceRecordSetsRecordTypes': ['A'] },
})
const zone = named('the hosted zone', 'arn:aws:route53:::hostedzone/Z0PREVIEW')
const anyRole = named('a role of any other name', 'arn:aws:iam::123456789012:role/admin')
const ciRole = named(
  'the role preview-apply itself',
  'arn:aws:iam::123456789012:role/devtool/shop-preview-apply',
  the('cluster', 'platform').tags,
)
const user = named('a user', 'arn:aws:iam::123456789012:user/somebody')
const policy = named(
  'a boundary of these roles',
  'arn:aws:iam::123456789012:policy/devtool/shop-preview-boundary',
  the('cluster', 'platform').tags,
)
const provider = named("GitHub's OIDC provider", 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com')
const parameter = named(
  'the parameter of the platform',
  'arn:aws:ssm:us-east-1:123456789012:parameter/devtool/shop/platform',
  the('cluster', 'platform').tags,
)
const repository = named(
  'the repository `shop/web`',
  'arn:aws:ecr:us-east-1:123456789012:repository/shop/web',
  the('cluster', 'platform').tags,
)
const foreignRepository = named('the repository `blog/web`', 'arn:aws:ecr:us-east-1:123456789012:repository/blog/web')

export const pinnedSections: readonly Section[] = [
  {
    title: 'Production: states, plans and records',
    text: 'A state holds secrets, and whoever writes a plan decides what is applied. Nothing of a version can be deleted, so every object can be restored.',
    entries: [
      can(production, 's3:GetObject', object('state/pinned/production.tfstate')),
      can(deploy, 's3:PutObject', object('state/pinned/production.tfstate')),
      can(nobody, 's3:DeleteObject', object('state/pinned/production.tfstate')),
      can(nobody, 's3:GetObject', object('state/pinned/staging.tfstate')),
      can(deploy, 's3:PutObject', object('state/pinned/production.tfstate.tflock')),
      can(deploy, 's3:DeleteObject', object('state/pinned/production.tfstate.tflock')),
      can(['production-plan'], 's3:PutObject', object('plans/production/0f3a')),
      can(production, 's3:GetObject', object('plans/production/0f3a')),
      can(deploy, 's3:DeleteObject', object('plans/production/0f3a')),
      can(production, 's3:GetObject', object('rescue/production.tfstate')),
      can(deploy, 's3:PutObject', object('bundles/production.0f3a.tgz')),
      can(deploy, 's3:PutObject', object('registry/environments/production.json')),
      can(deploy, 's3:DeleteObject', object('registry/leases/production.json')),
      can(everyone, 's3:GetObject', object('registry/environments/production.json')),
      can(nobody, 's3:DeleteObjectVersion', object('state/pinned/production.tfstate')),
      can(nobody, 's3:PutBucketPolicy', bucket),
      can(nobody, 's3:PutLifecycleConfiguration', bucket),
      can(nobody, 's3:PutBucketVersioning', bucket),
      can(nobody, 's3:DeleteBucket', bucket),
    ],
  },
  {
    title: 'Production: what runs there',
    text: 'Also production-apply cannot delete what holds data; that is for a person. Tagging something as a preview does not make it one.',
    entries: [
      can(nobody, 'rds:DeleteDBInstance', the('database', 'production')),
      can(deploy, 'rds:ModifyDBInstance', the('database', 'production')),
      can(nobody, 'rds:AddTagsToResource', the('database', 'production'), preview),
      can(nobody, 'rds:DeleteDBSnapshot', the('snapshot', 'production')),
      can(production, 'secretsmanager:GetSecretValue', the('secret', 'production')),
      can(deploy, 'secretsmanager:PutSecretValue', the('secret', 'production')),
      can(nobody, 'secretsmanager:DeleteSecret', the('secret', 'production')),
      can(nobody, 'secretsmanager:TagResource', the('secret', 'production'), preview),
      can(deploy, 'ecs:UpdateService', the('service', 'production')),
      can(deploy, 'ecs:CreateService', the('service', 'production'), pinned),
      can(nobody, 'ecs:CreateService', the('service', 'production'), preview),
      can(nobody, 'ecs:CreateService', the('service', 'preview'), disguised),
      can(nobody, 'ecs:RunTask', the('task definition', 'production')),
      can(nobody, 'ecs:DeleteCluster', the('cluster', 'production')),
      can(production, 'logs:GetLogEvents', the('log stream', 'production')),
      can(nobody, 'logs:DeleteLogGroup', the('log group', 'production')),
      can(deploy, 'elasticloadbalancing:ModifyListener', the('listener', 'production')),
      can(deploy, 'elasticloadbalancing:CreateRule', the('listener', 'production')),
      can(nobody, 'elasticloadbalancing:AddTags', the('load balancer', 'production'), preview),
      can(deploy, 'ec2:AuthorizeSecurityGroupIngress', the('security group', 'production')),
      can(nobody, 'ec2:CreateTags', the('security group', 'production'), preview),
      can(deploy, 'cloudwatch:DeleteAlarms', the('alarm', 'production')),
      can(deploy, 'application-autoscaling:DeregisterScalableTarget', the('scalable target', 'production')),
      can(deploy, 'acm:DeleteCertificate', the('certificate', 'production')),
      can(deploy, 'route53:ChangeResourceRecordSets', zone, record('shop.example.com')),
      can(deploy, 'iam:PassRole', the('task role', 'production'), toTasks),
      can(nobody, 'iam:PassRole', the('task role', 'production'), toFunctions),
      can(deploy, 'iam:PutRolePolicy', the('task role', 'production'), bounded),
      can(nobody, 'iam:PutRolePolicy', the('task role', 'production')),
      can(deploy, 'iam:CreateRole', the('execution role', 'production'), bounded),
      can(nobody, 'iam:CreateRole', the('execution role', 'production')),
    ],
  },
  {
    title: 'The platform',
    text: 'Made by `devtool bootstrap`, which a person runs. Previews share it: they add rules to its listener, push images, and have their databases made.',
    entries: [
      can(nobody, 's3:GetObject', object('state/platform.tfstate')),
      can(nobody, 's3:PutObject', object('state/platform.tfstate.tflock')),
      can(nobody, 's3:PutObject', object('registry/leases/platform.json')),
      can(nobody, 'secretsmanager:GetSecretValue', the('secret', 'platform')),
      can(nobody, 'rds:DeleteDBInstance', the('database', 'platform')),
      can(nobody, 'rds:ModifyDBInstance', the('database', 'platform')),
      can(previews, 'lambda:InvokeFunction', the('function', 'platform')),
      can(nobody, 'lambda:UpdateFunctionCode', the('function', 'platform')),
      can(previews, 'ssm:GetParameter', parameter),
      can(nobody, 'ssm:PutParameter', parameter),
      can(apply, 'elasticloadbalancing:CreateRule', the('listener', 'platform'), preview),
      can(nobody, 'elasticloadbalancing:CreateRule', the('listener', 'platform'), disguised),
      can(nobody, 'elasticloadbalancing:CreateRule', the('listener', 'platform'), pinned),
      can(nobody, 'elasticloadbalancing:ModifyListener', the('listener', 'platform')),
      can(nobody, 'elasticloadbalancing:DeleteLoadBalancer', the('load balancer', 'platform')),
      can(nobody, 'ecs:DeleteCluster', the('cluster', 'platform')),
      can(nobody, 'ec2:AuthorizeSecurityGroupIngress', the('security group', 'platform')),
      can(nobody, 'ec2:DeleteSubnet', the('subnet', 'platform')),
      can(previews, 'logs:GetLogEvents', the('log stream', 'platform')),
      can(nobody, 'logs:DeleteLogGroup', the('log group', 'platform')),
      can(previews, 'iam:PassRole', the('execution role', 'platform'), toTasks),
      can(nobody, 'iam:PassRole', the('execution role', 'platform'), toFunctions),
      can(nobody, 'iam:PutRolePolicy', the('task role', 'platform'), bounded),
      can(apply, 'ecr:PutImage', repository),
      can(nobody, 'ecr:PutImage', foreignRepository),
      can(nobody, 'ecr:BatchDeleteImage', repository),
      can(nobody, 'ecr:DeleteRepository', repository),
    ],
  },
  {
    title: 'Identities',
    text: 'No role can make another that may do more than itself, or change who may take itself on.',
    entries: [
      can(nobody, 'iam:CreateUser', user),
      can(nobody, 'iam:CreateAccessKey', user),
      can(nobody, 'iam:CreateRole', anyRole),
      can(nobody, 'iam:CreateRole', anyRole, bounded),
      can(nobody, 'iam:PutRolePolicy', ciRole, bounded),
      can(nobody, 'iam:UpdateAssumeRolePolicy', ciRole),
      can(nobody, 'iam:DeleteRolePermissionsBoundary', ciRole),
      can(nobody, 'iam:DeleteRolePermissionsBoundary', the('task role', 'production')),
      can(nobody, 'iam:CreatePolicyVersion', policy),
      can(nobody, 'iam:UpdateOpenIDConnectProviderThumbprint', provider),
      can(nobody, 'iam:DeleteOpenIDConnectProvider', provider),
      can(nobody, 'sts:AssumeRole', anyRole),
      can(nobody, 'organizations:LeaveOrganization', nothing),
    ],
  },
  {
    title: 'Whatever is added to them',
    text: 'The same roles after somebody has attached AdministratorAccess to each: what is still denied is denied by the boundary of the preview roles, or by name in production-apply.',
    administrators: true,
    entries: [
      can(['production-plan'], 'rds:DeleteDBInstance', the('database', 'production')),
      can(['production-plan'], 'rds:DeleteDBSnapshot', the('snapshot', 'production')),
      can(['production-plan'], 'secretsmanager:DeleteSecret', the('secret', 'production')),
      can(['production-plan'], 'logs:DeleteLogGroup', the('log group', 'production')),
      can(['production-plan'], 's3:DeleteObjectVersion', object('state/pinned/production.tfstate')),
      can(['production-plan'], 's3:PutBucketPolicy', bucket),
      can(production, 's3:GetObject', object('state/pinned/production.tfstate')),
      can(production, 's3:GetObject', object('state/platform.tfstate')),
      can(production, 's3:GetObject', object('plans/production/0f3a')),
      can(production, 's3:PutObject', object('registry/environments/production.json')),
      can(production, 's3:PutObject', object('registry/leases/platform.json')),
      can(production, 'secretsmanager:GetSecretValue', the('secret', 'production')),
      can(production, 'secretsmanager:TagResource', the('secret', 'production'), preview),
      can(production, 'secretsmanager:GetSecretValue', the('secret', 'platform')),
      can(production, 'ecs:UpdateService', the('service', 'production')),
      can(production, 'ecs:CreateService', the('service', 'preview'), disguised),
      can(production, 'elasticloadbalancing:ModifyListener', the('listener', 'platform')),
      can(production, 'ec2:AuthorizeSecurityGroupIngress', the('security group', 'platform')),
      can(production, 'iam:CreateUser', user),
      can(production, 'iam:CreateRole', anyRole),
      can(production, 'iam:PutRolePolicy', ciRole),
      can(production, 'iam:PassRole', the('task role', 'production'), toTasks),
      can(production, 'iam:DeleteRolePermissionsBoundary', ciRole),
      can(production, 'iam:DeleteOpenIDConnectProvider', provider),
      can(production, 'organizations:LeaveOrganization', nothing),
      // what is nobody's of ours is no longer kept from anybody
      can(everyone, 'ecs:DeleteService', the('service', 'nobody')),
    ],
  },
]
