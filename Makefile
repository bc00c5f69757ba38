# Shortcuts for scripts/manage-system.sh and npm; `make` alone lists them.

MANAGE := ./scripts/manage-system.sh
# For example: make logs ARGS=order-service, make bench ARGS="create --runs 1"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up down restart status logs demo test reset health bench chaos contract

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

up: ## start infrastructure, databases and both services
	$(MANAGE) up $(ARGS)

down: ## stop everything; data is kept
	$(MANAGE) down $(ARGS)

restart: ## down, then up
	$(MANAGE) restart $(ARGS)

status: ## state and health of every component
	$(MANAGE) status $(ARGS)

logs: ## follow the logs
	$(MANAGE) logs $(ARGS)

demo: ## follow an order from token to DELIVERED
	$(MANAGE) demo $(ARGS)

test: ## lint, types, build and all tests
	$(MANAGE) test

reset: ## stop everything and remove all data, logs and keys
	$(MANAGE) reset $(ARGS)

health: ## report faults and how to fix them: docs/HEALTH_CHECK.md
	./scripts/health-check.sh $(ARGS)

bench: ## measure: docs/PERFORMANCE.md
	npm run bench -- $(ARGS)

chaos: ## inject faults, then check the invariants: docs/RELIABILITY.md
	npm run chaos -- $(ARGS)

contract: ## regenerate OpenAPI documents, client types, Postman collection and settings files
	npm run contract
