import { describe, expect, test } from 'vitest'
import { classify, type DiagnosticKind, lockInfo, parseDiagnostic, plainMessage } from './diagnostics.ts'

const CASES: [DiagnosticKind, string, string?][] = [
  [
    'already-exists',
    'creating IAM Role (x): operation error IAM: CreateRole, https response error StatusCode: 409, RequestID: A, EntityAlreadyExists: Role with name x already exists.',
  ],
  [
    'already-exists',
    'creating ELBv2 Target Group (x): DuplicateTargetGroupName: A target group with the same name x exists, but with different settings',
  ],
  [
    'already-exists',
    'creating ELBv2 Load Balancer (x): operation error Elastic Load Balancing v2: CreateLoadBalancer, DuplicateLoadBalancerName: exists',
  ],
  ['already-exists', 'creating ELBv2 Listener Rule: PriorityInUse: Priority 51 is currently in use'],
  ['already-exists', 'creating RDS DB Instance (x): DBInstanceAlreadyExists: DB instance already exists'],
  [
    'already-exists',
    "creating Secrets Manager Secret (x): InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
  ],
  ['already-exists', "creating EC2 Subnet: CreateSubnet: InvalidSubnet.Conflict: The CIDR '10.40.16.0/20' conflicts with another subnet"],
  ['already-exists', 'creating CloudWatch Logs Log Group (x): ResourceAlreadyExistsException: The specified log group already exists'],
  ['credentials', 'No valid credential sources found', 'Error: failed to refresh cached credentials, no EC2 IMDS role found'],
  ['credentials', 'reading ECS Cluster: ExpiredTokenException: The security token included in the request is expired'],
  [
    'access-denied',
    'creating RDS DB Instance (x): AccessDenied: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: rds:CreateDBInstance',
  ],
  ['throttled', 'registering ECS Task Definition (x): ThrottlingException: Rate exceeded'],
  ['throttled', 'registering ECS Task Definition (x): ClientException: Too many concurrent attempts to create a new revision'],
  ['dependency', 'deleting EC2 Subnet (x): DependencyViolation: The subnet has dependencies and cannot be deleted'],
  ['dependency', 'deleting ELBv2 Target Group (x): ResourceInUse: Target group is currently in use by a listener or a rule'],
  ['quota', 'creating EC2 VPC: VpcLimitExceeded: The maximum number of VPCs has been reached'],
  [
    'provider-unavailable',
    'Failed to query available provider packages',
    'Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to registry.terraform.io',
  ],
  [
    'checksum-mismatch',
    'Failed to install provider',
    "Error while installing hashicorp/aws v5.100.0: the local package for registry.terraform.io/hashicorp/aws 5.100.0 doesn't match any of the checksums previously recorded in the dependency lock file",
  ],
  [
    'lock-incomplete',
    'Provider dependency changes detected',
    'Changes to the required provider dependencies were detected, but the lock file is read-only.',
  ],
  ['not-initialised', 'Backend initialization required: please run "terraform init"'],
  ['not-initialised', 'Inconsistent dependency lock file'],
  ['stale-plan', 'Saved plan is stale'],
  ['state-not-saved', 'Failed to save state', 'Error saving state: failed checking for existing remote state: connection refused'],
  ['state-not-saved', 'Failed to persist state to backend', 'the state has been written to the file "errored.tfstate"'],
  ['deprecation', 'Deprecated Parameter', 'The parameter "dynamodb_table" is deprecated. Use parameter "use_lockfile" instead.'],
  [
    'cache-race',
    'Failed to install provider',
    'Error while installing hashicorp/aws v5.100.0: mkdir /home/me/.cache/plugins/linux_amd64: file exists',
  ],
  ['configuration', 'Unsupported argument', 'An argument named "sise" is not expected here.'],
  ['other', 'Something new'],
]

describe('classify', () => {
  test.each(CASES)('%s: %s', (kind, summary, detail = '') => {
    expect(classify({ summary, detail })).toBe(kind)
  })
})

describe('lockInfo', () => {
  const detail =
    'Error message: 412\nLock Info:\n  ID:        3f6c\n  Path:      bucket/state/x.tfstate\n  Operation: OperationTypeApply\n  Who:       ci@runner-7\n  Version:   1.11.4\n  Created:   2026-11-21 07:00:00.123456789 +0000 UTC\n  Info:      \n'

  test('reads the holder', () => {
    expect(lockInfo({ summary: 'Error acquiring the state lock', detail })).toEqual({
      id: '3f6c',
      who: 'ci@runner-7',
      created: '2026-11-21T07:00:00.123Z',
      operation: 'apply',
      path: 'bucket/state/x.tfstate',
    })
    expect(lockInfo({ summary: 'x', detail: detail.replace('.123456789', '') })?.created).toBe('2026-11-21T07:00:00.000Z')
  })

  test('is null where no lock is told of', () => {
    expect(lockInfo({ summary: 'Saved plan is stale', detail: '' })).toBeNull()
  })
})

test('plainMessage leaves the sentence and drops the request ids', () => {
  const [, summary] = CASES[0] ?? ['other', '']
  expect(plainMessage({ summary, detail: '' })).toBe(
    'creating IAM Role (x): CreateRole: EntityAlreadyExists: Role with name x already exists.',
  )
})

test('parseDiagnostic drops the snippet of configuration', () => {
  const raw = {
    severity: 'error',
    summary: 'Bad',
    detail: '',
    range: { filename: 'main.tf', start: { line: 3 } },
    snippet: { code: 'password = "x"' },
  }
  expect(parseDiagnostic(raw, (text) => text)).toEqual({
    severity: 'error',
    summary: 'Bad',
    detail: '',
    address: null,
    location: 'main.tf:3',
  })
})
