variable "cidr_block" {
  type        = string
  description = "IPv4 range of the VPC, /16 to /20. Zone i gets private subnet i of 16 (newbits 4) and public subnet 128+i of 256 (newbits 8)."
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 20, false)
    error_message = "cidr_block must be an IPv4 range with a prefix of /16 to /20, for example 10.40.0.0/16."
  }
}

variable "name" {
  type        = string
  description = "Name prefix of every resource, <project>-<environment>."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,47}$", var.name))
    error_message = "name must be 2 to 48 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "region" {
  type        = string
  description = "Region of the provider; endpoint service names hold it."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region code such as us-east-1."
  }
}

variable "zones" {
  type        = list(string)
  description = "Availability zone names, two to six. The position of a zone decides its ranges: append, never reorder."
  nullable    = false

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 6 && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must be two to six different availability zone names."
  }
}

variable "close_default_security_group" {
  type        = bool
  description = "Take every rule out of the VPC's default security group. It comes without tags: whoever may only touch what carries his has to leave it."
  default     = true
  nullable    = false
}

variable "flow_log_retention_days" {
  type        = number
  description = "Days that flow logs are kept in CloudWatch Logs."
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log_retention_days)
    error_message = "flow_log_retention_days must be a retention that CloudWatch Logs knows, for example 7, 30, 90 or 365."
  }
}

variable "interface_endpoints" {
  type        = set(string)
  description = "Short service names that get an interface endpoint in every private subnet, for example ecr.api, ecr.dkr, logs, secretsmanager. Needed with nat = none."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9-]+([.][a-z0-9-]+)*$", service))])
    error_message = "interface_endpoints must be short service names such as ecr.api or secretsmanager, without com.amazonaws.<region>."
  }
}

variable "nat" {
  type        = string
  description = "NAT gateways: none (private subnets have no way out), single (one, in the first zone) or per_zone (survives the loss of a zone)."
  default     = "single"
  nullable    = false

  validation {
    condition     = contains(["none", "single", "per_zone"], var.nat)
    error_message = "nat must be none, single or per_zone."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds the role of the flow logs; null for none."
  default     = null
}

variable "role_path" {
  type        = string
  description = "IAM path of the role of the flow logs."
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([a-zA-Z0-9_-]+/)*$", var.role_path))
    error_message = "role_path must start and end with a slash."
  }
}
