"""Drivers that a library loads by the name of a dialect or transport that it is given. Data only."""

from typing import Final

# Drivers that a library loads by the dialect or client it was given.
DIALECTS: Final = {
    "pg": "postgres postgresql pg cockroachdb",
    "pg-hstore": "postgres",
    "postgres": "postgres postgresql",
    "mysql": "mysql mariadb",
    "mysql2": "mysql mysql2 mariadb",
    "mariadb": "mariadb",
    "sqlite3": "sqlite sqlite3",
    "better-sqlite3": "better-sqlite3 sqlite",
    "sql.js": "sqljs",
    "mssql": "mssql",
    "tedious": "mssql",
    "oracledb": "oracle oracledb",
    "mongodb": "mongodb",
    "redis": "redis",
    "ioredis": "redis ioredis",
    "kafkajs": "KAFKA kafka",
    "amqplib": "RMQ rabbitmq amqp",
    "amqp-connection-manager": "RMQ",
    "nats": "NATS nats",
    "mqtt": "MQTT mqtt",
    "@grpc/grpc-js": "GRPC grpc",
    "@grpc/proto-loader": "GRPC grpc",
}
# What loads a driver like that.
DIALECT_LOADERS: Final = frozenset(
    "typeorm sequelize sequelize-typescript knex objection bookshelf @mikro-orm/core @nestjs/typeorm @nestjs/sequelize"
    " @nestjs/microservices keyv @keyv/redis drizzle-orm kysely waterline loopback-datasource-juggler strapi @strapi/strapi"
    " @adonisjs/lucid connect-session-knex rate-limiter-flexible cache-manager".split()
)
