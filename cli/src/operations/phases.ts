import type { Output } from '../output.ts'
import type { Phase } from '../rendering/comment-report.ts'
import type { Clock } from '../system/clock.ts'

export interface Phases {
  /** An output that says what it always says; its steps become the phases. */
  output: Output
  /** In the order in which they began, with the time that each has taken until now. */
  list(): Phase[]
}

interface Noted {
  name: string
  status: Phase['status']
  since: number
  until: number | null
}

/** Takes down the steps of an operation, so that they can be told of elsewhere than on the terminal. `changed` is called at each begin, end and sign of life. */
export function notePhases(output: Output, clock: Clock, changed: () => void): Phases {
  const noted: Noted[] = []
  const time = (): number => clock.now().getTime()

  const step: Output['step'] = async (label, work) => {
    const phase: Noted = { name: label, status: 'running', since: time(), until: null }
    noted.push(phase)
    changed()
    const end = (status: Phase['status']): void => {
      phase.status = status
      phase.until = time()
      changed()
    }
    try {
      const value = await output.step(label, (now) =>
        work((detail) => {
          now(detail)
          changed()
        }),
      )
      end('done')
      return value
    } catch (error) {
      end('failed')
      throw error
    }
  }

  return {
    output: { ...output, step },
    list: () => noted.map(({ name, status, since, until }) => ({ name, status, seconds: Math.round(((until ?? time()) - since) / 1000) })),
  }
}
