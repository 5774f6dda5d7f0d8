variable "name" {
  type        = string
  description = "Name of the topic and prefix of the alarms, <project>-<environment>."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,47}$", var.name))
    error_message = "name must be 2 to 48 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "database" {
  type = object({
    instance_id = string
    storage     = number
  })
  description = "RDS instance to watch: its identifier and its storage in GiB; null for none."
  default     = null
}

variable "email" {
  type        = string
  description = "Address that alarms go to; it must confirm the subscription once. null leaves the topic without subscriber."
  default     = null

  validation {
    condition     = var.email == null || can(regex("^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$", var.email))
    error_message = "email must be a mail address."
  }
}

variable "load_balancer" {
  type        = object({ arn_suffix = string })
  description = "Load balancer to watch: output arn_suffix of module alb; null for none."
  default     = null
}

variable "services" {
  type = map(object({
    cluster_name = string
    service_name = string
    target = optional(object({
      load_balancer_arn_suffix = string
      target_group_arn_suffix  = string
    }))
  }))
  description = "Services to watch, by short name. A routed service also gives its target."
  default     = {}
  nullable    = false
}
