variable "account_id" {
  type        = string
  description = "The AWS account, twelve digits."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

variable "cluster_arn" {
  type        = string
  description = "Cluster that previews run in: output cluster_arn of module ecs-cluster."
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[^/*]+$", var.cluster_arn))
    error_message = "cluster_arn must be the ARN of one cluster."
  }
}

variable "execution_role_arn" {
  type        = string
  description = "Role that ECS itself uses for the tasks of previews: output execution_role_arn of module roles."
  nullable    = false
}

variable "load_balancer_security_group_id" {
  type        = string
  description = "Security group of the platform's load balancer; without a domain, of those of previews too."
  nullable    = false
}

variable "log_group_arn" {
  type        = string
  description = "Log group of previews, without the trailing :*."
  nullable    = false
}

variable "pinned" {
  type = map(object({
    prefix = string
    host   = optional(string)
  }))
  description = "Pinned environments by name: the prefix of their resources' names, <project>-<name>, and the host name they answer at."
  nullable    = false

  validation {
    condition     = length(var.pinned) > 0
    error_message = "pinned must name at least one environment: a list of none would be a policy that AWS refuses."
  }

  validation {
    condition     = alltrue([for name, environment in var.pinned : can(regex("^[a-z][a-z0-9-]+$", name)) && startswith(environment.prefix, "${var.project}-")])
    error_message = "the names in pinned must be names of environments, and each prefix must begin with the project."
  }
}

variable "private_subnet_ids" {
  type        = list(string)
  description = "Subnets that the tasks of previews run in, and no others."
  nullable    = false
}

variable "project" {
  type        = string
  description = "Project that the roles are for: its tag, and the first part of the names of everything that it has."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "public_subnet_ids" {
  type        = list(string)
  description = "Subnets of the platform's load balancer; without a domain, of those of previews too."
  nullable    = false
}

variable "region" {
  type        = string
  description = "Region of the platform; previews may not make anything in another one."
  nullable    = false
}

variable "repository" {
  type = object({
    name     = string
    id       = number
    owner_id = number
    subject  = string
  })
  description = "The one repository whose workflows may take the roles on: owner/name, its id and its owner's at GitHub, and how it names itself in the subject of its tokens: immutable (with the ids) or classic (names only)."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository.name))
    error_message = "repository.name must be owner/name, without wildcards."
  }

  validation {
    condition     = contains(["immutable", "classic"], var.repository.subject)
    error_message = "repository.subject must be immutable or classic."
  }

  validation {
    condition     = alltrue([for id in [var.repository.id, var.repository.owner_id] : id > 0 && floor(id) == id])
    error_message = "repository.id and repository.owner_id must be GitHub's numbers."
  }
}

variable "state_bucket" {
  type        = string
  description = "Bucket with the states, the registry and the bundles."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{2,62}$", var.state_bucket))
    error_message = "state_bucket must be the name of a bucket."
  }
}

variable "task_role_arn" {
  type        = string
  description = "Role of the code in the containers of previews: output task_role_arn of module roles."
  nullable    = false
}

variable "database_admin_function" {
  type        = string
  description = "Name of the function that makes and drops the databases of previews; null without one."
  default     = null
}

variable "dedicated_previews" {
  type        = bool
  description = "Let the workflows of pull requests make previews with a network and a database of their own: tasks of previews are then no longer held to the platform's subnets."
  default     = false
  nullable    = false
}

variable "domain" {
  type        = string
  description = "Domain of previews; null without one."
  default     = null
}

variable "listener_arn" {
  type        = string
  description = "Listener that the rules of previews attach to; null without a domain."
  default     = null
}

variable "partition" {
  type        = string
  description = "AWS partition: aws, aws-cn or aws-us-gov."
  default     = "aws"
  nullable    = false
}

variable "provider_arn" {
  type        = string
  description = "GitHub's OIDC provider where the account has one that is not this project's, as it can have only one; null makes it."
  default     = null

  validation {
    condition     = var.provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.provider_arn))
    error_message = "provider_arn must be the ARN of the provider of token.actions.githubusercontent.com."
  }
}

variable "zone_id" {
  type        = string
  description = "Route 53 zone of the domain; null without one."
  default     = null
}
