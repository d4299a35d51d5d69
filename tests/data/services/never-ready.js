console.error("waiting for the database");
setInterval(() => {}, 1000);
