/** How AWS refuses an action that no policy allows. */
export function denied(roleArn: string, action: string, resource: string): string {
  const [, , , , account, name = ''] = roleArn.split(':')
  const user = `arn:aws:sts::${account}:assumed-role/${name.split('/').at(-1)}/task`
  return `AccessDeniedException: User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`
}
