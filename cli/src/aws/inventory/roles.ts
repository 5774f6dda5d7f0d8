import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { isNamed, mapFew, owns, type Thing, tagsOf } from './thing.ts'

/** Roles, their inline policies, policies and OIDC providers. IAM is not in the tagging API: found by name, then held against the tags. */
export async function loadRoles({ aws, owner }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.iam()

  const roles = async (): Promise<Thing[]> => {
    const names: string[] = []
    for await (const page of sdk.paginateListRoles({ client, pageSize: 1000 }, {})) {
      names.push(...(page.Roles ?? []).map(({ RoleName: name }) => name ?? '').filter((name) => isNamed(owner, name)))
    }
    const found = await mapFew(names, async (name): Promise<Thing[]> => {
      const reply = await unless(['NoSuchEntityException', 'NoSuchEntity'], () =>
        client.send(new sdk.ListRoleTagsCommand({ RoleName: name })),
      )
      if (!owns(owner, tagsOf(reply?.Tags))) return []
      return [{ type: 'aws_iam_role', id: name, name, attributes: { name } }, ...(await inlinePolicies(name))]
    })
    return found.flat()
  }
  const inlinePolicies = async (role: string): Promise<Thing[]> => {
    const found: Thing[] = []
    for await (const page of sdk.paginateListRolePolicies({ client }, { RoleName: role })) {
      for (const name of page.PolicyNames ?? []) {
        found.push({ type: 'aws_iam_role_policy', id: `${role}:${name}`, name, attributes: { role, name }, part: true })
      }
    }
    return found
  }
  const policies = async (): Promise<Thing[]> => {
    const all: { arn: string; name: string }[] = []
    for await (const page of sdk.paginateListPolicies({ client }, { Scope: 'Local' })) {
      for (const { Arn: arn = '', PolicyName: name = '' } of page.Policies ?? []) if (isNamed(owner, name)) all.push({ arn, name })
    }
    const found = await mapFew(all, async ({ arn, name }): Promise<Thing[]> => {
      const reply = await unless(['NoSuchEntityException', 'NoSuchEntity'], () =>
        client.send(new sdk.ListPolicyTagsCommand({ PolicyArn: arn })),
      )
      return owns(owner, tagsOf(reply?.Tags)) ? [{ type: 'aws_iam_policy', id: arn, name, attributes: { name } }] : []
    })
    return found.flat()
  }
  const providers = async (): Promise<Thing[]> => {
    const list = await client.send(new sdk.ListOpenIDConnectProvidersCommand({}))
    const found = await mapFew(list.OpenIDConnectProviderList ?? [], async ({ Arn: arn = '' }): Promise<Thing[]> => {
      const command = new sdk.ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn: arn })
      const reply = await unless(['NoSuchEntityException', 'NoSuchEntity'], () => client.send(command))
      const name = arn.split(':oidc-provider/')[1] ?? arn
      if (!owns(owner, tagsOf(reply?.Tags))) return []
      return [{ type: 'aws_iam_openid_connect_provider', id: arn, name, attributes: { url: `https://${name}` } }]
    })
    return found.flat()
  }
  return (await Promise.all([roles(), policies(), providers()])).flat()
}
