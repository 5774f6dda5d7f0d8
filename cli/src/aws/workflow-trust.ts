import { UserError } from '../errors.ts'
import type { Aws } from './clients.ts'
import { attempting, unless } from './errors.ts'
import { owns, tagsOf } from './inventory/thing.ts'

const ISSUER = 'token.actions.githubusercontent.com'
const AUDIENCE = 'sts.amazonaws.com'
const MISSING = ['NoSuchEntityException', 'NoSuchEntity']

/**
 * ARN of GitHub's OIDC provider where the account has one that is not this project's: AWS allows one for a URL. `null` where the platform of
 * the project makes its own, or has done so.
 */
export async function foreignProvider(aws: Aws, project: string): Promise<string | null> {
  return attempting("look for GitHub's OIDC provider", async () => {
    const { client, sdk } = await aws.iam()
    const { OpenIDConnectProviderList: all = [] } = await client.send(new sdk.ListOpenIDConnectProvidersCommand({}))
    const arn = all.map(({ Arn = '' }) => Arn).find((each) => each.endsWith(`:oidc-provider/${ISSUER}`))
    if (arn === undefined) return null
    const command = new sdk.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })
    const found = await unless(MISSING, () => client.send(command))
    if (found === undefined || owns({ project, environment: 'platform' }, tagsOf(found.Tags))) return null
    if (found.ClientIDList?.includes(AUDIENCE) === true) return arn
    throw new UserError(`could not use GitHub's OIDC provider of this account: it does not know the audience ${AUDIENCE}`, {
      hint: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${AUDIENCE}`,
    })
  })
}

export async function policyExists(aws: Aws, arn: string): Promise<boolean> {
  return attempting(`look for the policy ${arn}`, async () => {
    const { client, sdk } = await aws.iam()
    return (await unless(MISSING, () => client.send(new sdk.GetPolicyCommand({ PolicyArn: arn })))) !== undefined
  })
}

export async function roleExists(aws: Aws, name: string): Promise<boolean> {
  return attempting(`look for the role ${name}`, async () => {
    const { client, sdk } = await aws.iam()
    return (await unless(MISSING, () => client.send(new sdk.GetRoleCommand({ RoleName: name })))) !== undefined
  })
}
