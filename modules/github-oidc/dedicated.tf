# Previews that bring a network, a load balancer and a database of their own. Every role that removes previews may remove them; making them is left
# out unless it is asked for: whoever may push a branch could then start tasks in any network of this account.
locals {
  preview_dedicated = [
    {
      Sid       = "MakeNetworks"
      Effect    = "Allow"
      Action    = local.ec2_create
      Resource  = local.ec2_made
      Condition = { StringEquals = local.as_preview }
    },
    {
      Sid       = "UseNetworks"
      Effect    = "Allow"
      Action    = concat(local.ec2_create, local.ec2_change)
      Resource  = "*"
      Condition = { StringEquals = local.of_previews }
    },
    {
      Sid       = "TagNetworks"
      Effect    = "Allow"
      Action    = "ec2:CreateTags"
      Resource  = local.ec2_made
      Condition = { StringEquals = merge(local.as_preview, { "ec2:CreateAction" = local.ec2_create_actions }) }
    },
    {
      Sid    = "MakeGround"
      Effect = "Allow"
      Action = [
        "acm:AddTagsToCertificate",
        "ecs:CreateCluster", "ecs:CreateService", "ecs:TagResource",
        "elasticloadbalancing:CreateLoadBalancer",
        "logs:CreateLogGroup", "logs:TagResource",
        "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBParameterGroup", "rds:CreateDBSubnetGroup",
      ]
      Resource = [
        "${local.arn}:acm:${local.here}:certificate/*",
        "${local.arn}:ecs:${local.here}:cluster/${var.project}-*",
        "${local.arn}:ecs:${local.here}:service/${var.project}-*",
        "${local.arn}:elasticloadbalancing:${local.here}:loadbalancer/*",
        "${local.arn}:logs:${local.here}:log-group:/devtool/${var.project}-*",
        "${local.arn}:rds:${local.here}:db:${var.project}-*",
        "${local.arn}:rds:${local.here}:og:default:*",
        "${local.arn}:rds:${local.here}:pg:${var.project}-*",
        "${local.arn}:rds:${local.here}:subgrp:${var.project}-*",
      ]
      Condition = { StringEquals = local.as_preview }
    },
    {
      Sid      = "AskForCertificates"
      Effect   = "Allow"
      Action   = "acm:RequestCertificate"
      Resource = "*"
      Condition = {
        StringEquals              = local.as_preview
        "ForAllValues:StringLike" = { "acm:DomainNames" = ["*.${coalesce(var.domain, "-")}"] }
        Null                      = { "acm:DomainNames" = "false" }
      }
    },
    {
      Sid       = "MakeRolesWithBoundary"
      Effect    = "Allow"
      Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
      Resource  = local.preview_roles
      Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.preview_workload.arn } }
    },
    {
      Sid       = "TagRoles"
      Effect    = "Allow"
      Action    = "iam:TagRole"
      Resource  = local.preview_roles
      Condition = { StringEquals = local.as_preview }
    },
    {
      Sid       = "GiveFlowLogsTheirRole"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = local.preview_roles
      Condition = { StringEquals = { "iam:PassedToService" = "vpc-flow-logs.amazonaws.com" } }
    },
    {
      Sid       = "ReadOwnLogs"
      Effect    = "Allow"
      Action    = ["logs:FilterLogEvents", "logs:GetLogEvents"]
      Resource  = "${local.arn}:logs:${local.here}:log-group:/devtool/${var.project}-*"
      Condition = { StringEquals = local.of_previews }
    },
  ]
}
