import { addPullRequest, type FakePullRequest, type GitHubState } from '../github/state.ts'

/** What people do to pull requests and their repository. */
export type Deed =
  | 'label'
  | 'label-by-bot'
  | 'other-label-by-bot'
  | 'unlabel'
  | 'push'
  | 'force-push'
  | 'close'
  | 'merge'
  | 'reopen'
  | 'conflict'
  | 'resolve'
  | 'delete-branch'
  | 'rename-branch'
  | 'rename-repository'
  | 'edit-title'

/** A run that GitHub starts for an event: what of the payload counts. */
export interface Delivery {
  /** `preview` runs on `pull_request` events with the branch checked out, `teardown` on `pull_request_target` with the default branch. */
  workflow: 'preview' | 'teardown'
  event: string
  number: number
  /** The head of the pull request when it happened. */
  commit: string
  /** What the repository was called when it happened. */
  repository: string
}

export const LABEL = 'preview'
export const HOSTILE =
  '</details><!-- devtool:env --> ${{ secrets.AWS }} $(reboot) `id` @everyone #1 [x](javascript:alert(1)) "}\n<img src=x onerror=alert(1)>'

/** The pull requests of a repository as GitHub knows them, changed as people change them on its page. */
export interface Pulls {
  readonly state: GitHubState
  /** Milliseconds since 1970; 0 for never. */
  readonly renamedAt: number
  isConflicted(number: number): boolean
  hasBranch(number: number): boolean
  open(number: number, given: { labelled: boolean; fork: boolean; commit: string }): Delivery[]
  /** Whether it could be done now. */
  allows(deed: Deed, number: number): boolean
  /** `commit`: of a push; `at`: now. The runs that GitHub starts for it. */
  act(deed: Deed, number: number, given: { commit: string; at: string }): Delivery[]
}

export function createPulls(state: GitHubState): Pulls {
  const conflicted = new Set<number>()
  const branchless = new Set<number>()
  let renames = 0
  let renamedAt = 0

  const get = (number: number): FakePullRequest => {
    const found = state.pullRequests.get(number)
    if (found === undefined) throw new Error(`there is no pull request ${number}`)
    return found
  }
  /** GitHub runs nothing on `pull_request` while the branch conflicts with its base. A fork's run has no credentials and does nothing. */
  const preview = (one: FakePullRequest, event: string): Delivery[] =>
    conflicted.has(one.number) || one.headRepository !== state.repository ? [] : [delivery(one, 'preview', event)]
  const teardown = (one: FakePullRequest, event: string): Delivery[] => [delivery(one, 'teardown', event)]
  const delivery = (one: FakePullRequest, workflow: Delivery['workflow'], event: string): Delivery => ({
    workflow,
    event,
    number: one.number,
    commit: one.commit,
    repository: state.repository,
  })
  const label = (one: FakePullRequest, name: string, at: string): void => {
    one.labels.push(name)
    one.labelled.push({ name, at })
  }
  const close = (one: FakePullRequest, merged = false): Delivery[] => {
    Object.assign(one, { state: 'closed', merged })
    return teardown(one, 'closed')
  }
  const push = (one: FakePullRequest, commit: string): Delivery[] => {
    one.commit = commit
    return preview(one, 'synchronize')
  }

  const deeds: Record<Deed, (one: FakePullRequest, given: { commit: string; at: string }) => Delivery[]> = {
    label: (one, { at }) => {
      label(one, LABEL, at)
      return preview(one, 'labeled')
    },
    // what the token of a workflow does starts no workflow
    'label-by-bot': (one, { at }) => {
      label(one, LABEL, at)
      return []
    },
    'other-label-by-bot': (one, { at }) => {
      label(one, `size/${one.labels.length}`, at)
      return []
    },
    unlabel: (one) => {
      one.labels = one.labels.filter((name) => name !== LABEL)
      return [...preview(one, 'unlabeled'), ...teardown(one, 'unlabeled')]
    },
    push: (one, { commit }) => push(one, commit),
    'force-push': (one, { commit }) => push(one, commit),
    resolve: (one, { commit }) => {
      conflicted.delete(one.number)
      return push(one, commit)
    },
    close: (one) => close(one),
    merge: (one) => close(one, true),
    reopen: (one) => {
      one.state = 'open'
      return preview(one, 'reopened')
    },
    conflict: (one) => {
      conflicted.add(one.number)
      return []
    },
    'delete-branch': (one) => {
      branchless.add(one.number)
      return one.state === 'open' ? close(one) : []
    },
    'rename-branch': (one) => {
      one.branch = `${one.branch}-renamed`
      return []
    },
    'rename-repository': (_, { at }) => {
      renames += 1
      renamedAt = Date.parse(at)
      const before = state.repository
      state.formerNames.push(before)
      state.repository = `acme/shop-${renames}`
      for (const one of state.pullRequests.values()) if (one.headRepository === before) one.headRepository = state.repository
      return []
    },
    'edit-title': (one) => {
      one.title = HOSTILE
      return []
    },
  }

  const allows = (deed: Deed, number: number): boolean => {
    const one = get(number)
    const isOpen = one.state === 'open'
    const isLabelled = one.labels.includes(LABEL)
    switch (deed) {
      case 'label':
      case 'label-by-bot':
        return !isLabelled
      case 'unlabel':
        return isLabelled
      case 'push':
      case 'force-push':
        return isOpen && !branchless.has(number)
      case 'close':
        return isOpen
      case 'merge':
        return isOpen && !conflicted.has(number)
      case 'reopen':
        return !isOpen && !one.merged && !branchless.has(number)
      case 'conflict':
        return isOpen && !conflicted.has(number)
      case 'resolve':
        return isOpen && conflicted.has(number)
      case 'delete-branch':
        return !branchless.has(number)
      case 'rename-branch':
        return isOpen && !branchless.has(number)
      default:
        return true
    }
  }

  return {
    state,
    get renamedAt() {
      return renamedAt
    },
    allows,
    isConflicted: (number) => conflicted.has(number),
    hasBranch: (number) => !branchless.has(number),
    open: (number, { labelled, fork, commit }) => {
      const headRepository = fork ? 'stranger/shop' : state.repository
      const one = addPullRequest(state, { number, labels: labelled ? [LABEL] : [], headRepository, commit })
      return [...preview(one, 'opened'), ...(labelled ? preview(one, 'labeled') : [])]
    },
    act: (deed, number, given) => {
      if (!allows(deed, number)) return []
      const one = get(number)
      one.updatedAt = given.at
      return deeds[deed](one, given)
    },
  }
}
