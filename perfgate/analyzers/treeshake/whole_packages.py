"""Packages that come as a whole when they are imported in the obvious way, and the better way to import each."""

from typing import Literal, NamedTuple


class Better(NamedTuple):
    """How to import less of a package. `when`: it comes whole however it is imported, or only when taken as a whole."""

    when: Literal["always", "as a whole"]
    advice: str


WHOLE_PACKAGES = {
    "lodash": Better("always", "import single functions from `lodash-es`, or `lodash/map` and the like"),
    "lodash-es": Better("as a whole", 'import functions by name: `import { map } from "lodash-es"`'),
    "underscore": Better("as a whole", 'import functions by name: `import { map } from "underscore"`'),
    "ramda": Better("as a whole", 'import functions by name: `import { map } from "ramda"`'),
    "rxjs": Better("as a whole", 'import by name: `import { map } from "rxjs"`'),
    "rxjs/Rx": Better("always", 'import by name from `rxjs`: `import { Observable } from "rxjs"`'),
    "moment": Better("always", "use `date-fns`, `dayjs` or `Intl`: moment cannot be shaken, and brings every locale"),
    "moment-timezone": Better("always", "use `Intl.DateTimeFormat` or `date-fns-tz`: this brings all time zones"),
    "date-fns": Better("as a whole", 'import functions by name: `import { format } from "date-fns"`'),
    "date-fns/locale": Better("as a whole", 'import the locales you need: `import { de } from "date-fns/locale/de"`'),
    "aws-sdk": Better("always", "use the clients of version 3, such as `@aws-sdk/client-s3`"),
    "@mui/material": Better("as a whole", 'import components by path: `import Button from "@mui/material/Button"`'),
    "@mui/icons-material": Better("as a whole", 'import icons by path: `import Menu from "@mui/icons-material/Menu"`'),
    "@material-ui/core": Better(
        "as a whole", 'import components by path: `import Button from "@material-ui/core/Button"`'
    ),
    "@material-ui/icons": Better("as a whole", 'import icons by path: `import Menu from "@material-ui/icons/Menu"`'),
    "antd": Better("as a whole", 'import components by name: `import { Button } from "antd"`'),
    "validator": Better("as a whole", 'import single checks: `import isEmail from "validator/lib/isEmail"`'),
    "core-js": Better("always", "import single features, such as `core-js/stable/structured-clone`"),
    "highlight.js": Better("as a whole", "import `highlight.js/lib/core` and register the languages you need"),
    "echarts": Better("as a whole", "import `echarts/core` and register the charts you need"),
    "googleapis": Better("always", "use the package of the single interface, such as `@googleapis/drive`"),
    "faker": Better("always", "use `@faker-js/faker` with a single locale, such as `@faker-js/faker/locale/en`"),
    "@faker-js/faker": Better("always", "import a single locale: `@faker-js/faker/locale/en`"),
    "firebase": Better("as a whole", "import the modular parts, such as `firebase/auth`"),
    "async": Better("as a whole", 'import single functions: `import each from "async/each"`'),
    "bluebird": Better("always", "use the promises of the language"),
    "three": Better("as a whole", 'import by name: `import { Scene } from "three"`'),
    "d3": Better("as a whole", "import the parts you need, such as `d3-scale`"),
}
