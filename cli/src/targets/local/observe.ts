import type { EnvironmentRecord } from '../../registry/record.ts'
import { describeFailure, presentServices } from './apply.ts'
import { startSupervisor } from './client.ts'
import type { Ports } from './ports.ts'
import type { EnvironmentReport } from './protocol.ts'

/** The records with what the supervisor says of their processes. One that had ended is started, and they with it. */
export async function observeLocal(ports: Ports, records: readonly EnvironmentRecord[]): Promise<EnvironmentRecord[]> {
  if ((await ports.files.list(ports.place.environments)).length === 0) return [...records]
  const { environments } = await (await startSupervisor(ports)).status()
  return records.map((record) => {
    const report = environments.find(({ name }) => name === record.name)
    return { ...record, ...(report === undefined ? unseen(ports, record) : seen(ports, record, report)) }
  })
}

function seen(ports: Ports, record: EnvironmentRecord, report: EnvironmentReport): Partial<EnvironmentRecord> {
  const services = presentServices(report)
  const shown = { services, url: report.url }
  // a run is on it, or its last one failed: the registry knows more
  if (record.status !== 'ready') return shown
  const bad = report.services.find(({ status }) => status === 'failed')
  if (bad !== undefined) return { ...shown, status: 'failed', failure: describeFailure(ports, report, bad) }
  return shown
}

/** It should run, and the supervisor does not have it. */
function unseen({ place }: Ports, record: EnvironmentRecord): Partial<EnvironmentRecord> {
  if (record.status !== 'ready') return {}
  const services = record.services.map((service) => ({ ...service, status: 'stopped' as const }))
  const failure = { phase: 'services', resource: null, message: 'it could not be started again', lines: [`see ${place.log}`] }
  return { services, status: 'failed', failure }
}
