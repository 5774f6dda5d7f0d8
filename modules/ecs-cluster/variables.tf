variable "load_balancer_security_group_id" {
  type        = string
  description = "Security group whose members may reach the tasks."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the cluster and prefix of its other resources, <project>-<environment>."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,47}$", var.name))
    error_message = "name must be 2 to 48 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "vpc_id" {
  type        = string
  description = "ID of the VPC that the tasks run in."
  nullable    = false
}

variable "container_insights" {
  type        = string
  description = "Container Insights: disabled, enabled or enhanced (per task and container, billed per metric)."
  default     = "disabled"
  nullable    = false

  validation {
    condition     = contains(["disabled", "enabled", "enhanced"], var.container_insights)
    error_message = "container_insights must be disabled, enabled or enhanced."
  }
}

variable "log_group_name" {
  type        = string
  description = "Name of the log group of all containers; null makes it /devtool/<name>."
  default     = null

  validation {
    condition     = var.log_group_name == null || can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.log_group_name))
    error_message = "log_group_name must be 1 to 512 letters, digits and _ / . # -."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days that container logs are kept."
  default     = 14
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a retention that CloudWatch Logs knows, for example 7, 30, 90 or 365."
  }
}
