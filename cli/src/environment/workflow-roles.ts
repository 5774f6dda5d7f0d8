/** The jobs of a repository's workflows that get credentials of the account: one role, one GitHub environment and one variable each. */
export interface WorkflowRole {
  /** Without the project in front. */
  name: string
  /** The GitHub environment that a job must name to be given the role. */
  environment: string
  /** Where such a job may come from: the merge commit of a pull request, or the default branch. */
  from: 'pull-request' | 'default-branch'
  /** The repository variable that workflows read the role's ARN from. */
  variable: string
}

export const workflowRoles: readonly WorkflowRole[] = [
  { name: 'preview-apply', environment: 'preview', from: 'pull-request', variable: 'DEVTOOL_PREVIEW_APPLY_ROLE' },
  { name: 'preview-teardown', environment: 'preview-teardown', from: 'default-branch', variable: 'DEVTOOL_PREVIEW_TEARDOWN_ROLE' },
  { name: 'preview-sweep', environment: 'preview-sweep', from: 'default-branch', variable: 'DEVTOOL_PREVIEW_SWEEP_ROLE' },
  { name: 'production-plan', environment: 'production-plan', from: 'default-branch', variable: 'DEVTOOL_PRODUCTION_PLAN_ROLE' },
  { name: 'production-apply', environment: 'production', from: 'default-branch', variable: 'DEVTOOL_PRODUCTION_APPLY_ROLE' },
]

export const REGION_VARIABLE = 'DEVTOOL_REGION'

interface Account {
  project: string
  /** Twelve digits. */
  account: string
  partition: string
}

/** modules/github-oidc puts what belongs to workflows below this path. */
const PATH = 'devtool'

export function workflowRoleArn({ project, account, partition }: Account, name: string): string {
  return `arn:${partition}:iam::${account}:role/${PATH}/${project}-${name}`
}

/** The policy that bounds the roles which an environment brings itself, where the account has it. */
export function workloadBoundaryArn({ project, account, partition }: Account, pinned: boolean): string {
  return `arn:${partition}:iam::${account}:policy/${PATH}/${project}-${pinned ? 'pinned' : 'preview'}-workload`
}
