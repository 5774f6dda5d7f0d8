import {
  GetAccountAuthorizationDetailsCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  type RoleDetail,
} from '@aws-sdk/client-iam'
import type { RolePolicies } from '../ports.ts'

/** Every role of the account with the documents that decide what it may do. */
export async function loadRoles(iam: IAMClient): Promise<RolePolicies[]> {
  const roles: RoleDetail[] = []
  let Marker: string | undefined
  do {
    const reply = await iam.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], ...(Marker === undefined ? {} : { Marker }) }),
    )
    roles.push(...(reply.RoleDetailList ?? []))
    Marker = reply.Marker
  } while (Marker !== undefined)

  const managed = new Map<string, Promise<unknown>>()
  const documentOf = (arn: string): Promise<unknown> => {
    const document = managed.get(arn) ?? defaultVersion(iam, arn)
    managed.set(arn, document)
    return document
  }
  return Promise.all(roles.map((role) => readRole(role, documentOf)))
}

async function readRole(role: RoleDetail, documentOf: (arn: string) => Promise<unknown>): Promise<RolePolicies> {
  const inline = (role.RolePolicyList ?? []).map(({ PolicyName = '', PolicyDocument }) => ({
    name: PolicyName,
    document: parsed(PolicyDocument),
  }))
  const attached = (role.AttachedManagedPolicies ?? []).map(async ({ PolicyName = '', PolicyArn = '' }) => ({
    name: PolicyName,
    document: await documentOf(PolicyArn),
  }))
  const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn
  return {
    arn: role.Arn ?? '',
    trust: parsed(role.AssumeRolePolicyDocument),
    identity: [...inline, ...(await Promise.all(attached))],
    ...(boundary === undefined ? {} : { boundary: { name: boundary, document: await documentOf(boundary) } }),
  }
}

async function defaultVersion(iam: IAMClient, PolicyArn: string): Promise<unknown> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }))
  const VersionId = Policy?.DefaultVersionId ?? ''
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }))
  return parsed(PolicyVersion?.Document)
}

/** IAM encodes documents for a URL, the emulator not all of them. */
function parsed(text = ''): unknown {
  return JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text)
}
