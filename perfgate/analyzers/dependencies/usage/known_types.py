"""What is known of packages of types: the globals they declare, and those that stand for no code. Data only."""

from typing import Final

# Type packages of what is there without an import: globals of an environment, in use where one of the words is.
AMBIENT_TYPES: Final = {
    "@types/node": "process Buffer NodeJS __dirname __filename setImmediate",
    "@types/jest": "describe( jest.fn expect(",
    "@types/mocha": "describe(",
    "@types/jasmine": "describe( jasmine.create",
    "@types/chrome": "chrome.",
    "@types/firefox-webext-browser": "browser.",
    "@types/webpack-env": "module.hot require.context __webpack_public_path__",
    "@types/google.maps": "google.maps",
    "@types/googlemaps": "google.maps",
    "@types/gtag.js": "gtag",
    "@types/grecaptcha": "grecaptcha",
    "@types/youtube": "YT.",
    "@types/jquery": "$( jQuery JQuery",
    "@types/wicg-file-system-access": "showOpenFilePicker showSaveFilePicker showDirectoryPicker FileSystemFileHandle",
    "@types/dom-mediacapture-record": "MediaRecorder",
    "@types/dom-speech-recognition": "SpeechRecognition webkitSpeechRecognition",
    "@types/offscreencanvas": "OffscreenCanvas",
    "@types/web-bluetooth": "navigator.bluetooth BluetoothDevice",
    "@types/w3c-web-usb": "navigator.usb USBDevice",
    "@types/w3c-web-serial": "navigator.serial SerialPort",
    "@types/w3c-web-hid": "navigator.hid HIDDevice",
    "@types/serviceworker": "ServiceWorkerGlobalScope",
    "@types/k6": "k6",
    "@types/gapi": "gapi",
    "@types/google-one-tap": "google.accounts",
    "@types/greasemonkey": "GM",
    "@types/tampermonkey": "GM_",
    "@types/office-js": "Office. Excel.",
    "@types/google-apps-script": "SpreadsheetApp GoogleAppsScript",
    "@types/bun": "Bun. bun:",
    "bun-types": "Bun. bun:",
    "@types/resize-observer-browser": "ResizeObserver",
    "@types/requirejs": "requirejs define(",
    "@types/systemjs": "System.import System.register",
    "@types/facebook-js-sdk": "FB.",
    "@types/stripe-v3": "Stripe(",
    "@types/navermaps": "naver",
}

# Packages that exist as types only: importing them needs no more than `@types/...`.
TYPE_ONLY: Final = frozenset(
    "estree estree-jsx json-schema mdast hast unist nlcst xast mdx geojson aws-lambda express-serve-static-core har-format"
    " css-font-loading-module trusted-types babel__core vscode-webview vscode-notebook-renderer serverless webpack-env"
    " react-native-community__types json5 cordova gtag.js google.maps youtube dom-view-transitions".split()
)
