/** What GitHub says of a pull request. */
export interface PullRequestFacts {
  number: number
  state: 'open' | 'closed'
  merged: boolean
  labels: readonly string[]
  /** owner/name of the head repository; null when it was deleted. */
  headRepository: string | null
  branch: string
  /** Head commit, in full. */
  commit: string
  /** ISO 8601. */
  updatedAt: string
  draft: boolean
  title: string
  author: string
  url: string
  /**
   * When the label that asks for a preview was last added, ISO 8601; absent or null where it was not looked up. Without it a label that is
   * taken off and put on again does not bring an expired environment back; a new commit does.
   */
  labelledAt?: string | null
}

/** What is known of all pull requests; `complete` false means that some may be missing, and then nothing is concluded from absence. */
export interface PullRequestAnswer {
  /** owner/name, as GitHub spells it now: after a rename the old name would make a fork of every pull request. */
  repository: string
  complete: boolean
  pullRequests: readonly PullRequestFacts[]
}

/** The latest that is said of each pull request: an answer in pages may name one twice, when it changes in between. */
export function latestFacts(answer: PullRequestAnswer): Map<number, PullRequestFacts> {
  const facts = new Map<number, PullRequestFacts>()
  for (const fact of answer.pullRequests) {
    const known = facts.get(fact.number)
    if (known === undefined || supersedes(fact, known)) facts.set(fact.number, fact)
  }
  return facts
}

/** Of two from the same second the open one counts: what is wrongly kept is seen again by the next run. */
function supersedes(fact: PullRequestFacts, known: PullRequestFacts): boolean {
  const later = Date.parse(fact.updatedAt) - Date.parse(known.updatedAt)
  if (later !== 0) return later > 0
  if (fact.state !== known.state) return fact.state === 'open'
  return JSON.stringify(fact) > JSON.stringify(known)
}
