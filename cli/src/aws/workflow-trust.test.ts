import * as iam from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import type { Aws } from './clients.ts'
import { awsAt } from './testing.ts'
import { foreignProvider, policyExists, roleExists } from './workflow-trust.ts'

describeWith(['emulator'], 'what an account has of GitHub', () => {
  let emulator: Emulator
  let aws: Aws
  let client: iam.IAMClient
  const arn = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com'

  const create = (tags: Record<string, string>, audience = 'sts.amazonaws.com', Url = 'https://token.actions.githubusercontent.com') =>
    client.send(
      new iam.CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: [audience],
        ThumbprintList: ['6938fd4d98bab03faadb97b34396831e3780aea1'],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    )

  beforeAll(async () => {
    emulator = await startEmulator()
    aws = awsAt(emulator.url)
    client = (await aws.iam()).client
  })
  afterEach(async () => {
    const { OpenIDConnectProviderList: all = [] } = await client.send(new iam.ListOpenIDConnectProvidersCommand({}))
    for (const { Arn } of all) await client.send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: Arn }))
  })
  afterAll(() => emulator.stop())

  test('no provider, and the provider of something else', async () => {
    expect(await foreignProvider(aws, 'shop')).toBeNull()
    await create({}, undefined, 'https://gitlab.com')
    expect(await foreignProvider(aws, 'shop')).toBeNull()
  })

  test("the platform's own is none that it would have to be told of", async () => {
    await create({ 'devtool:project': 'shop', 'devtool:environment': 'platform' })
    expect(await foreignProvider(aws, 'shop')).toBeNull()
    expect(await foreignProvider(aws, 'other')).toBe(arn)
  })

  test("somebody else's is used", async () => {
    await create({ team: 'infrastructure' })
    expect(await foreignProvider(aws, 'shop')).toBe(arn)
  })

  test('one that AWS would not accept our tokens from is refused', async () => {
    await create({}, 'https://github.com/acme')
    await expect(foreignProvider(aws, 'shop')).rejects.toMatchObject({
      message: expect.stringContaining('does not know the audience sts.amazonaws.com'),
      hint: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id sts.amazonaws.com`,
    })
  })

  test('policies and roles', async () => {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] })
    const { Policy } = await client.send(
      new iam.CreatePolicyCommand({ PolicyName: 'shop-preview-workload', Path: '/devtool/', PolicyDocument }),
    )
    expect(Policy?.Arn).toBe('arn:aws:iam::123456789012:policy/devtool/shop-preview-workload')
    expect(await policyExists(aws, Policy?.Arn ?? '')).toBe(true)
    expect(await policyExists(aws, `${Policy?.Arn}-other`)).toBe(false)
    expect(await roleExists(aws, 'shop-preview-apply')).toBe(false)
    await client.send(
      new iam.CreateRoleCommand({ RoleName: 'shop-preview-apply', Path: '/devtool/', AssumeRolePolicyDocument: PolicyDocument }),
    )
    expect(await roleExists(aws, 'shop-preview-apply')).toBe(true)
  })
})
