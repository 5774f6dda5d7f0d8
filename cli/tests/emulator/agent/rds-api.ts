import type { Handler } from './gateway.ts'

export interface RdsPorts {
  masterPassword(instanceId: string, password: string): void
}

/** The master password of an instance is in the calls that set it and nowhere else: the API never gives it back. */
export function createRdsApi({ masterPassword }: RdsPorts): Handler {
  return async ({ action, body }, forward) => {
    if (action !== 'CreateDBInstance' && action !== 'ModifyDBInstance') return undefined
    const answer = await forward()
    const form = new URLSearchParams(body.toString())
    const password = form.get('MasterUserPassword')
    if (answer.status === 200 && password !== null) masterPassword(form.get('DBInstanceIdentifier') ?? '', password)
    return answer
  }
}
