/** What the table asks about: an ARN, and the tags that are on it. */
export interface Thing {
  label: string
  arn: string
  tags?: Record<string, string>
}

const HERE = 'us-east-1:123456789012'
export const BUCKET = 'arn:aws:s3:::shop-devtool-123456789012-us-east-1'

type Owner = 'preview' | 'production' | 'platform' | 'other' | 'nobody'

/** Names and tags as DevTool gives them. */
const OWNERS: Record<Owner, { name: string; label: string; tags?: Record<string, string> }> = {
  preview: { name: 'shop-calm-otter', label: 'of a preview', tags: tagsOf('shop', 'calm-otter', 'preview') },
  production: { name: 'shop-production', label: 'of production', tags: tagsOf('shop', 'production', 'dedicated') },
  platform: { name: 'shop-platform', label: 'of the platform', tags: tagsOf('shop', 'platform', 'platform') },
  other: { name: 'blog-calm-otter', label: "of another project's preview", tags: tagsOf('blog', 'calm-otter', 'preview') },
  nobody: { name: 'legacy', label: 'of something else in the account' },
}

function tagsOf(project: string, environment: string, template: string): Record<string, string> {
  return {
    'devtool:project': project,
    'devtool:environment': environment,
    'devtool:template': template,
    'devtool:managed-by': 'devtool',
    ...(template === 'preview' ? { 'devtool:ephemeral': 'true' } : {}),
  }
}

/** How the ARN of a kind of thing is made of its owner's name. */
const KINDS = {
  alarm: (name: string) => `arn:aws:cloudwatch:${HERE}:alarm:${name}-web-cpu`,
  certificate: (name: string) => `arn:aws:acm:${HERE}:certificate/${name}`,
  cluster: (name: string) => `arn:aws:ecs:${HERE}:cluster/${name}`,
  database: (name: string) => `arn:aws:rds:${HERE}:db:${name}`,
  function: (name: string) => `arn:aws:lambda:${HERE}:function:${name}-database-admin`,
  listener: (name: string) => `arn:aws:elasticloadbalancing:${HERE}:listener/app/${name}/0123456789abcdef/fedcba9876543210`,
  'load balancer': (name: string) => `arn:aws:elasticloadbalancing:${HERE}:loadbalancer/app/${name}/0123456789abcdef`,
  'log group': (name: string) => `arn:aws:logs:${HERE}:log-group:/devtool/${name}`,
  'log stream': (name: string) => `arn:aws:logs:${HERE}:log-group:/devtool/${name}:log-stream:web/web/1`,
  'execution role': (name: string) => `arn:aws:iam::123456789012:role/${name}-execution`,
  'task role': (name: string) => `arn:aws:iam::123456789012:role/${name}-task`,
  rule: (name: string) =>
    `arn:aws:elasticloadbalancing:${HERE}:listener-rule/app/${name}/0123456789abcdef/fedcba9876543210/0011223344556677`,
  'scalable target': (name: string) => `arn:aws:application-autoscaling:${HERE}:scalable-target/${name}`,
  secret: (name: string) => `arn:aws:secretsmanager:${HERE}:secret:${name.replace('-', '/')}/database-AbCdEf`,
  'security group': (name: string) => `arn:aws:ec2:${HERE}:security-group/sg-${name}`,
  service: (name: string) => `arn:aws:ecs:${HERE}:service/${name === 'shop-calm-otter' ? 'shop-platform' : name}/${name}-web`,
  snapshot: (name: string) => `arn:aws:rds:${HERE}:snapshot:${name}-final`,
  subnet: (name: string) => `arn:aws:ec2:${HERE}:subnet/subnet-${name}`,
  'target group': (name: string) => `arn:aws:elasticloadbalancing:${HERE}:targetgroup/${name}-web/0123456789abcdef`,
  'task definition': (name: string) => `arn:aws:ecs:${HERE}:task-definition/${name}-web:7`,
  VPC: (name: string) => `arn:aws:ec2:${HERE}:vpc/vpc-${name}`,
} as const

/** `the secret of production`. */
export function the(kind: keyof typeof KINDS, owner: Owner): Thing {
  const { name, label, tags } = OWNERS[owner]
  const article = kind === 'rule' || kind === 'service' ? 'a' : 'the'
  return { label: `${article} ${kind} ${label}`, arn: KINDS[kind](name), ...(tags === undefined ? {} : { tags }) }
}

export const object = (key: string): Thing => ({ label: `\`${key}\``, arn: `${BUCKET}/${key}` })
export const bucket: Thing = { label: 'the state bucket', arn: BUCKET }
export const nothing: Thing = { label: 'the account', arn: '*' }
export const named = (label: string, arn: string, tags?: Record<string, string>): Thing => ({
  label,
  arn,
  ...(tags === undefined ? {} : { tags }),
})

/** Tags that a request puts on what it makes or tags. */
export const asPreview = requestTags(tagsOf('shop', 'calm-otter', 'preview'))
export const asProduction = requestTags(tagsOf('shop', 'production', 'dedicated'))
/** What a pull request might try: the tag of a preview beside the name of something else. */
export const asPreviewNamedProduction = requestTags({ ...tagsOf('shop', 'calm-otter', 'preview'), 'devtool:environment': 'production' })
export const asOtherPreview = requestTags(tagsOf('blog', 'calm-otter', 'preview'))

function requestTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]))
}
